"""Trait and property values, and what a statement is asked for, as JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_reading import from_rows

_NOTHING = "{}"


def write_values(values: Mapping[str, TraitValue]) -> str:
    """JSON of values by name."""
    return orjson.dumps(values).decode() if values else _NOTHING


@from_rows
def read_values(text: str) -> dict[str, TraitValue]:
    """Values by name; a list is a tuple of texts."""
    if text == _NOTHING:
        return {}
    held: dict[str, TraitValue | list[str]] = orjson.loads(text)
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in held.items()
    }


def write_counts(counts: Mapping[str, int]) -> str:
    """JSON of counters by name."""
    return orjson.dumps(counts).decode()


@from_rows
def read_counts(text: str) -> dict[str, int]:
    """Counters by name."""
    return dict(orjson.loads(text))


@from_rows
def read_list(text: str) -> list[int]:
    """Numbers of a JSON list: one text is read much faster than as many rows."""
    return list(orjson.loads(text))


def among(wanted: Iterable[object]) -> str:
    """One parameter for any number of things (of named tuples, too): statements stay prepared."""
    return orjson.dumps(list(wanted), default=tuple).decode()
