"""The file of an import together with the mapping that reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from c360_mapping.delimited import ROW_HOLDS_ROWS, delimited_rows, header_of
from c360_mapping.expression import Reference
from c360_mapping.formats import Csv
from c360_mapping.jsonlines import json_rows, reject_rows
from c360_mapping.mapping import ImportMapping
from c360_mapping.paths import paths_in
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports.opening import open_text

_ROWS_LISTED = 200


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of rows. `rejects`: they were refused by an earlier import, which wrote the file."""

    path: Path
    mapping: ImportMapping
    rejects: bool

    @property
    def encoding(self) -> str:
        """The file's character encoding."""
        return "utf-8" if self.rejects else self.mapping.encoding

    def rows(self) -> Iterator[Row | BrokenRow]:
        """All rows in file order."""
        form = self.mapping.format
        with open_text(self.path, self.encoding) as text:
            if self.rejects:
                yield from reject_rows(text, form)
            elif isinstance(form, Csv):
                yield from delimited_rows(text, form)
            else:
                yield from json_rows(text)


@dataclass(frozen=True, slots=True)
class SpreadRows:
    """Where rows begin that go over several lines.

    Those in `swallowing` hold lines that look like rows, and are refused.
    """

    spread: Sequence[int]
    swallowing: Sequence[int]


def check_columns(source: SourceFile) -> None:
    """Refuses a file that lacks a column of its mapping, naming the columns that it has.

    In a delimited file the header says what there is; elsewhere a path is missing when no row
    has it. A reject file was checked when it was a whole file.
    """
    if source.rejects:
        return
    references = source.mapping.references()
    form = source.mapping.format
    if isinstance(form, Csv):
        with open_text(source.path, source.encoding) as text:
            listed: Collection[str] = header_of(text, form)
        missing = [reference for reference in references if reference.name not in listed]
    else:
        missing = _never_found(references, source.rows())
        listed = _paths_found(source) if missing else ()
    if missing:
        # Where no column is known, the first line may be a row: its cells are nobody's to see.
        raise _missing(missing, listed if len(missing) < len(references) else ())


def spread_rows(source: SourceFile) -> SpreadRows:
    """Rows of a delimited file that go over several lines; of any other file there are none."""
    spread: list[int] = []
    swallowing: list[int] = []
    if source.rejects or not isinstance(source.mapping.format, Csv):
        return SpreadRows(spread, swallowing)
    for row in source.rows():
        if isinstance(row, Row) and row.lines > 1:
            spread.append(row.line)
        elif isinstance(row, BrokenRow) and row.refusal.code == ROW_HOLDS_ROWS:
            swallowing.append(row.line)
    return SpreadRows(spread, swallowing)


def _never_found(references: list[Reference], rows: Iterator[Row | BrokenRow]) -> list[Reference]:
    sought = references
    readable = (row for row in rows if isinstance(row, Row))
    empty = True
    for row in readable:
        empty = False
        sought = [reference for reference in sought if not reference.find(row.cells)]
        if not sought:
            break
    return [] if empty else sought


def _paths_found(source: SourceFile) -> list[str]:
    seen: dict[str, None] = {}
    for row in islice(source.rows(), _ROWS_LISTED):
        if isinstance(row, Row):
            seen.update(dict.fromkeys(paths_in(row.cells)))
    return list(seen)


def _missing(missing: list[Reference], listed: Collection[str]) -> InputRefused:
    first_line = {r.name: r.line for r in reversed(missing)}
    named = ", ".join(
        f"{name!r} (line {line} of the mapping)"
        for name, line in sorted(first_line.items(), key=lambda pair: pair[1])
    )
    has = ", ".join(map(repr, listed)) or "none of the mapping's columns: has it a header?"
    return InputRefused(
        f"the file has no column {named}; it has {has}", code="MAPPING_COLUMN_MISSING"
    )
