"""Reads delimited files: any delimiter, runs of spaces, quoted cells over several lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from c360_mapping.formats import Csv
from c360_mapping.refusals import InputRefused, RowRefused
from c360_mapping.row import SURPLUS, BrokenRow, Row
from c360_mapping.row_shapes import RowShapes

ROW_HOLDS_ROWS = "ROW_HOLDS_ROWS"
_LARGEST_CELL = 8 * 1024 * 1024
csv.field_size_limit(_LARGEST_CELL)


class _Lines(Iterator[str]):
    """The lines of a file, counted, with those of the current row kept for another try."""

    def __init__(self, text: Iterator[str]) -> None:
        self._text = text
        self._again: list[str] = []
        self._number = 0
        self._taken: list[str] = []

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._text)
        self._number += 1
        self._taken.append(line)
        return line

    @property
    def taken(self) -> list[str]:
        """The lines of the current row."""
        return list(self._taken)

    def begin_row(self) -> int:
        """A row starts here: its line number."""
        self._taken.clear()
        return self._number + 1

    def give_back_all_but_first(self) -> str:
        """Ends the row after its first line, which is returned; the others are read again."""
        first, *others = self._taken
        self._again.extend(reversed(others))
        self._number -= len(others)
        return first


class DelimitedRows:
    """One pass over the lines of one input, which are read as far as its header at first.

    `header` has the names of the columns. Raises `InputRefused` (FILE_EMPTY, FILE_HEADER_INVALID)
    if the first row does not give them.
    """

    def __init__(self, text: Iterator[str], form: Csv) -> None:
        self._lines = _Lines(text)
        for _ in range(form.skip_lines):
            next(self._lines, None)
        self._records = _records(self._lines, form)
        self.header = form.header or self._first_row()
        self._shapes = RowShapes(len(self.header), form.delimiter or "", form.quote or "")

    def _first_row(self) -> tuple[str, ...]:
        try:
            names = next(fields for fields in self._records if fields)
        except StopIteration:
            raise InputRefused("the file has no header row", code="FILE_EMPTY") from None
        except csv.Error as error:
            raise InputRefused("the header row is not CSV", code="FILE_HEADER_INVALID") from error
        header = tuple(name.strip() for name in names)
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise InputRefused(
                f"the header repeats {', '.join(map(repr, repeated))}; list the names in the"
                " mapping (header: […]) and leave the header out (skip_lines: 1)",
                code="FILE_HEADER_INVALID",
            )
        return header

    def rows(self) -> Iterator[Row | BrokenRow]:
        """The rows after the header, blank lines left out."""
        width = len(self.header)
        while True:
            line = self._lines.begin_row()
            try:
                fields = next(self._records)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._not_csv(line, _named(error))
                continue
            if len(fields) == width:
                yield self._whole(line, dict(zip(self.header, fields, strict=True)))
            elif fields:
                yield self._wrong_count(line, fields)

    def _whole(self, line: int, cells: dict[str, str]) -> Row | BrokenRow:
        lines = self._lines.taken
        if len(lines) == 1:
            self._shapes.learn(cells.values())
            return Row(line, cells)
        swallowed = self._shapes.rows_among(lines)
        if not swallowed:
            return Row(line, cells, lines=len(lines))
        message = (
            f"the quotes of a cell hold {swallowed:,} lines that look like rows of their own; if"
            " they are none, import this reject file as it is"
        )
        return BrokenRow(line, cells, RowRefused(ROW_HOLDS_ROWS, "", message))

    def _not_csv(self, line: int, refusal: RowRefused) -> BrokenRow:
        text = self._lines.give_back_all_but_first().rstrip("\r\n")
        raw = {**self._no_cells(), SURPLUS: [text]}
        return BrokenRow(line, raw, refusal)

    def _no_cells(self) -> dict[str, list[str] | str | None]:
        return dict.fromkeys(self.header)

    def _wrong_count(self, line: int, fields: list[str]) -> BrokenRow:
        width = len(self.header)
        raw = {**self._no_cells(), **dict(zip(self.header, fields, strict=False))}
        if len(fields) > width:
            raw[SURPLUS] = fields[width:]
        message = f"{width} fields expected, {len(fields)} found"
        return BrokenRow(line, raw, RowRefused("ROW_FIELD_COUNT", "", message))


def _named(error: csv.Error) -> RowRefused:
    # The module has one class of errors for all; an open quote is a cell without an end.
    if "field limit" in str(error):
        message = f"a cell has more than {_LARGEST_CELL:,} characters, or its quotes do not match"
        return RowRefused("CELL_TOO_LARGE", "", message)
    return RowRefused("ROW_NOT_CSV", "", "the quotes do not match")


def _records(lines: _Lines, form: Csv) -> Iterator[list[str]]:
    if form.delimiter is None:
        return (line.split() for line in lines)
    if form.quote is None:
        return csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote, strict=True)
