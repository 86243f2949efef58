"""Tells lines that a quoted cell has swallowed from the lines of a note.

Two stray quotes make one cell of all the rows between them. A line is taken for a row when it has
as many separators as the header, and either none of them is followed by a space, as in prose, or
one of its cells is built like those of its column (`K-2` like `K-1`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST_SHAPED = 64
_ROWS_LEARNT = 1000


class RowShapes:
    """What the rows of one file look like. An empty `delimiter` or `quote` stands for none."""

    def __init__(self, width: int, delimiter: str, quote: str) -> None:
        self._width = width
        self._delimiter = delimiter
        self._quote = quote
        self._seen: list[set[str]] = [set() for _ in range(width)]
        self._learnt = 0

    def learn(self, cells: Iterable[str]) -> None:
        """A row that stands on one line."""
        if self._learnt == _ROWS_LEARNT or self._width == 1:
            return
        self._learnt += 1
        for seen, cell in zip(self._seen, cells, strict=True):
            seen.add(_shape(cell))

    def rows_among(self, lines: Sequence[str]) -> int:
        """How many of the lines that one row goes over look like rows that it has swallowed."""
        first, *inner, last = lines
        # A note in the first column gives its last line the separators of the whole row.
        ending = last.partition(self._quote)[0]
        if self._delimiter in ending and not ending.endswith(self._delimiter):
            inner.append(last)
        if first.startswith(self._quote):
            inner.append(first)
        return sum(map(self._looks_like_a_row, inner))

    def _looks_like_a_row(self, line: str) -> bool:
        # A row that was swallowed has no quote but one that ends the cell by mistake.
        if self._width == 1 or line.count(self._quote) > 1:
            return False
        fields = line.rstrip("\r\n").replace(self._quote, "").split(self._delimiter)
        if len(fields) != self._width or not fields[0].strip() or not any(fields[1:]):
            return False
        is_prose = any(field.startswith((" ", "\u3000")) for field in fields)
        return not is_prose or self._has_a_shape_of_its_column(fields)

    def _has_a_shape_of_its_column(self, fields: Sequence[str]) -> bool:
        shapes = map(_shape, fields)
        return any(
            "9" in shape and shape in seen for shape, seen in zip(shapes, self._seen, strict=True)
        )


def _shape(cell: str) -> str:
    return _LETTERS.sub("a", _DIGITS.sub("9", cell.strip()[:_LONGEST_SHAPED]))
