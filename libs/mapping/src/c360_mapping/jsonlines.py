"""Reads JSON Lines, and reject files, whose lines hold a row that was refused before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import orjson

from c360_mapping import json_numbers
from c360_mapping.formats import Csv, Format, JsonLines
from c360_mapping.refusals import RowRefused
from c360_mapping.row import SURPLUS, BrokenRow, Row

REJECT_KEYS = frozenset({"line", "code", "path", "message", "rowId", "raw"})


def json_rows(text: Iterable[str]) -> Iterator[Row | BrokenRow]:
    """One row for each line that is not blank."""
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield _row(number, line)


def is_reject(line: str) -> bool:
    """Whether a line was written by an import for a row that it refused."""
    try:
        return line.startswith("{") and orjson.loads(line).keys() >= REJECT_KEYS
    except ValueError:
        return False


def reject_rows(text: Iterable[str], form: Format) -> Iterator[Row | BrokenRow]:
    """The rows in a reject file, as they were or as they were mended."""
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield _again(number, line, form)


def _row(number: int, line: str, row_id: str = "") -> Row | BrokenRow:
    try:
        cells = json_numbers.loads(line)
    except ValueError:
        refusal = RowRefused("ROW_NOT_JSON", "", "the row is not JSON")
        return BrokenRow(number, line.rstrip("\r\n"), refusal, row_id)
    if isinstance(cells, dict):
        return Row(number, cast(dict[str, object], cells), row_id)
    return BrokenRow(number, cells, _not_an_object(), row_id)


def _not_an_object() -> RowRefused:
    return RowRefused("ROW_NOT_OBJECT", "", "the row is not an object")


def _again(number: int, line: str, form: Format) -> Row | BrokenRow:
    entry = _row(number, line)
    if isinstance(entry, BrokenRow):
        return entry
    raw = entry.cells.get("raw")
    row_id = str(entry.cells.get("rowId") or "")
    if isinstance(form, JsonLines) and isinstance(raw, str):
        return _row(number, raw, row_id)
    if not isinstance(raw, dict):
        return BrokenRow(number, raw, _not_an_object(), row_id)
    cells = cast(dict[str, object], raw)
    if isinstance(form, Csv) and (SURPLUS in cells or None in cells.values()):
        message = f"still has cells that are null or under {SURPLUS!r}"
        return BrokenRow(number, cells, RowRefused("ROW_FIELD_COUNT", "", message), row_id)
    return Row(number, cells, row_id)
