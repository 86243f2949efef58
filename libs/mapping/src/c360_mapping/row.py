"""One row of a file, as every format gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_mapping.refusals import RowRefused

SURPLUS = "+"
"""Names the text of a delimited row that belongs to no column."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by name. `line` is where the row starts in its file, counted from 1.

    `row_id` is what the row was known by before it was refused and came back; `lines` is how many
    lines it goes over. One that `is_passed` over stands for what is no row.
    """

    line: int
    cells: Mapping[str, object]
    row_id: str = ""
    lines: int = 1
    is_passed: bool = False


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read; `raw` is as much of it as can be shown and mended."""

    line: int
    raw: object
    refusal: RowRefused
    row_id: str = ""
