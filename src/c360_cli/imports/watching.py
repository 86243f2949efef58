"""What is to be known of an input's rows, seen as they pass: its columns, and cells over lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from c360_mapping.delimited import ROW_HOLDS_ROWS
from c360_mapping.expression import Reference
from c360_mapping.paths import paths_in
from c360_mapping.refusals import InputRefused
from c360_mapping.row import BrokenRow, Row

_ROWS_LISTED = 200


class ColumnSearch:
    """Looks for the columns of a mapping: in the header, or as paths of any row."""

    def __init__(self, references: Sequence[Reference], header: Sequence[str] | None) -> None:
        self._all = references
        self._listed: dict[str, None] = dict.fromkeys(header or ())
        self._sought = [one for one in references if one.name not in self._listed]
        self._in_rows = header is None
        self._rows = 0

    @property
    def is_over(self) -> bool:
        """Whether rows can tell nothing more."""
        return not self._sought or not self._in_rows

    @property
    def never_found(self) -> Sequence[str]:
        """The columns that were not there so far; none before there was a row."""
        return [one.name for one in self._sought] if self._rows or not self._in_rows else []

    def see(self, row: Row | BrokenRow) -> None:
        """The next row."""
        if self.is_over or not isinstance(row, Row):
            return
        self._rows += 1
        if self._rows <= _ROWS_LISTED:
            self._listed.update(dict.fromkeys(paths_in(row.cells)))
        self._sought = [one for one in self._sought if not one.find(row.cells)]

    def refuse_missing(self) -> None:
        """Raises `InputRefused` (MAPPING_COLUMN_MISSING), naming the columns that there are."""
        if self.never_found:
            # Where no column is known, the first line may be a row: its cells are nobody's to see.
            is_known = len(self._sought) < len(self._all)
            raise _missing(self._sought, self._listed if is_known else ())


class SpreadRows:
    """Counts rows that go over several lines, and those refused since they hold other rows."""

    def __init__(self) -> None:
        self.spread = 0
        self.swallowing = 0
        self._first_spread = 0
        self._first_swallowing = 0

    def see(self, row: Row | BrokenRow) -> None:
        """The next row."""
        if isinstance(row, Row) and row.lines > 1:
            self.spread += 1
            self._first_spread = self._first_spread or row.line
        elif isinstance(row, BrokenRow) and row.refusal.code == ROW_HOLDS_ROWS:
            self.swallowing += 1
            self._first_swallowing = self._first_swallowing or row.line

    def remarks(self) -> Iterator[str]:
        """One line for each thing that may not be as it was meant."""
        if self.spread:
            yield (
                f"{self.spread:,} rows have cells that go over several lines,"
                f" the first at line {self._first_spread:,}"
            )
        if self.swallowing:
            yield (
                f"{self.swallowing:,} rows hold lines that look like rows of their own and are"
                f" rejected, the first at line {self._first_swallowing:,}"
            )


def _missing(missing: Sequence[Reference], listed: Collection[str]) -> InputRefused:
    first_line = {r.name: r.line for r in reversed(missing)}
    named = ", ".join(
        f"{name!r} (line {line} of the mapping)"
        for name, line in sorted(first_line.items(), key=lambda pair: pair[1])
    )
    has = ", ".join(map(repr, listed)) or "none of the mapping's columns: has it a header?"
    return InputRefused(
        f"the file has no column {named}; it has {has}", code="MAPPING_COLUMN_MISSING"
    )
