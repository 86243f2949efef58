"""Reads the section `gazetteers:`: standard forms that several traits share, as CSV.

They stand in the catalog itself, so that it is still one file, which is taken and kept as a whole.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import checked_names
from c360_kernel.catalog.spellings import Spellings
from c360_kernel.catalog.text import clean
from c360_kernel.nearest import did_you_mean

SYNONYMS = "synonyms"
_BETWEEN = "|"

Gazetteer = Mapping[str, Mapping[str, str]]
"""By column the spellings of its values, as spelling to value."""


class _Row(NamedTuple):
    at: Located
    cells: Sequence[str]


def read_gazetteers(section: Located) -> dict[str, Gazetteer]:
    """`gazetteers:`, as `cities: |` and below it CSV with a header."""
    entries = checked_names(section, names.SNAKE, "use snake_case")
    return {name: _gazetteer(at) for name, at in entries.items()}


def _gazetteer(at: Located) -> Gazetteer:
    text = at.text()
    rows = [] if text is None else list(_rows(at, text))
    if len(rows) < 2:
        at.complain("a gazetteer has a header and a row")
        return {}
    header = [clean(one) for one in rows[0].cells]
    if not _is_header(rows[0].at, header):
        return {}
    columns = {name: Spellings() for name in header if name != SYNONYMS}
    for row in rows[1:]:
        _add(row, header, columns)
    return {name: spellings.in_any_case() for name, spellings in columns.items()}


def _rows(at: Located, text: str) -> Iterator[_Row]:
    """Rows that are not empty, each at the line of the catalog on which it ends."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        for cells in reader:
            if cells:
                yield _Row(_line_of(at, reader.line_num), cells)
    except csv.Error as error:
        _line_of(at, reader.line_num).complain(f"not CSV: {error}")


def _line_of(at: Located, line: int) -> Located:
    """A line of a text that is written below its key; else the key's own."""
    return replace(at, line=at.line + line) if at.is_block else at


def _is_header(at: Located, header: Sequence[str]) -> bool:
    if not all(names.CAMEL.fullmatch(one) for one in header):
        at.complain("the first row names the columns, in lowerCamelCase")
    elif len(set(header)) < len(header):
        at.complain("a column is named twice")
    elif header[0] == SYNONYMS:
        at.complain(f"the first column has the standard forms, '{SYNONYMS}' are further on")
    else:
        return True
    return False


def _add(row: _Row, header: Sequence[str], columns: Mapping[str, Spellings]) -> None:
    if len(row.cells) != len(header):
        row.at.complain(f"expected {len(header)} cells, found {len(row.cells)}")
        return
    cells = dict(zip(header, row.cells, strict=True))
    value = cells[header[0]]
    for spelling in (value, *_listed(cells.get(SYNONYMS, ""))):
        columns[header[0]].add(value, spelling, row.at.complain)
    for name in header[1:]:
        if name != SYNONYMS and cells[name].strip():
            columns[name].add(cells[name], cells[name], row.at.complain)


def _listed(cell: str) -> Iterator[str]:
    return (one for one in cell.split(_BETWEEN) if one.strip())


def column_of(found: Located, gazetteers: Mapping[str, Gazetteer]) -> Mapping[str, str]:
    """The spellings of `NAME` or `NAME.COLUMN`, the first column unless told."""
    name, _, column = (found.text() or "").partition(".")
    if name not in gazetteers:
        found.complain(f"unknown gazetteer '{name}'{did_you_mean(name, gazetteers)}")
        return {}
    columns = gazetteers[name]
    if not columns:
        return {}
    column = column or next(iter(columns))
    if column not in columns:
        found.complain(f"unknown column '{column}'{did_you_mean(column, columns)}")
        return {}
    return columns[column]
