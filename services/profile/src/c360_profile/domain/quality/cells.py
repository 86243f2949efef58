"""The few cells that hold all that is counted, read and written by name as JSON texts.

| cell | says |
|---|---|
| `sources` | the sources of which something is counted |
| `source NAME` | its records, in all and by blocks of days; of each trait a `TraitCell` |
| `days NAME BLOCK` | by day of that block the records, under "", and how many say each trait |
| `values NAME TRAIT PART` | by hash how many records have a value, of those that are sampled |
| `standing` | what is or was beyond its bound (`c360_profile.domain.quality.crossings`) |
| `bounds` | by which bounds all of it was looked at |

What comes to nothing is taken away, so that equal records give equal cells, whatever came between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

Read: TypeAlias = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""Reads the texts of cells by name; those that are not there are left out."""
Cell: TypeAlias = dict[str, Any]

SOURCES = "sources"
STANDING = "standing"
BOUNDS = "bounds"
PARTS = 16
_BLOCK = 32
_EMPTY = ""


class TraitCell(NamedTuple):
    """What a source says of a trait, as numbers in a cell. `kept` values are sampled at `level`."""

    filled: int = 0
    valid: int = 0
    compared: int = 0
    conflicting: int = 0
    level: int = 0
    kept: int = 0


def source_cell(source: str) -> str:
    """The name of the cell of a source."""
    return f"source {source}"


def block_of(day: int) -> int:
    """The block of days that a day is in."""
    return day // _BLOCK


def days_cell(source: str, block: int) -> str:
    """The name of the cell of a block of days."""
    return f"days {source} {block}"


def values_cell(source: str, trait: str, hashed: int) -> str:
    """The name of the cell of a value."""
    return f"values {source} {trait} {hashed % PARTS}"


class Cells:
    """Cells as they were read, and as they are changed. A cell that is not there is empty."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._texts: dict[str, str] = {}
        self._cells: dict[str, Cell] = {}

    async def load(self, names: Iterable[str]) -> None:
        """Read what was not read yet."""
        unread = sorted(set(names) - self._cells.keys())
        found = await self._read(unread) if unread else {}
        for name in unread:
            self._texts[name] = text = found.get(name, _EMPTY)
            self._cells[name] = orjson.loads(text) if text else {}

    def __getitem__(self, name: str) -> Cell:
        """A cell that was loaded; may be changed."""
        return self._cells[name]

    def changed(self) -> dict[str, str]:
        """The texts of the cells that came to say another thing; empty where nothing is left."""
        texts = {name: _text(cell) for name, cell in self._cells.items()}
        return {name: text for name, text in texts.items() if text != self._texts[name]}


def add(cell: Cell, name: str, number: int) -> int:
    """Add to a number of a cell, which holds no nothings; gives what it is then."""
    total = cell.get(name, 0) + number
    if total:
        cell[name] = total
    else:
        cell.pop(name, None)
    return total


def _text(cell: Cell) -> str:
    return orjson.dumps(cell, option=orjson.OPT_SORT_KEYS).decode() if cell else _EMPTY
