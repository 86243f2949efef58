"""A pipe or standard input is read once: what is wrong with it is found where it stands."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from c360_kernel.stamp import wall_clock_ms
from c360_mapping.encodings import EncodingCheck
from c360_mapping.mapping import ImportMapping
from c360_mapping.row import BrokenRow, Row

from c360_cli.imports.opening import name_of, opened
from c360_cli.imports.reading import Reading
from c360_cli.imports.source import Source
from c360_cli.imports.watching import ColumnSearch, SpreadRows

_LOOKED_AHEAD = 1_000
"""As many rows are read before the first is sent, where only rows say which columns there are."""


@contextmanager
def streamed(path: Path, mapping: ImportMapping) -> Generator[Source]:
    """A stream, as far as it is known beforehand.

    Raises `InputRefused` for what its header, or its first thousand rows, say; what is wrong with
    later bytes is raised while rows are read.
    """
    with opened(path) as file:
        reading = Reading(file, name_of(path), mapping, EncodingCheck)
        passing = _Passing(reading, mapping)
        yield Source(
            name=name_of(path),
            rows=passing.rows(passing.looked_ahead()),
            written_ms=wall_clock_ms(),
            digest=None,
            lines=None,
            remarks=(),
            remarks_after=passing.remarks,
            state_at=reading.state_at,
        )


class _Passing:
    def __init__(self, reading: Reading, mapping: ImportMapping) -> None:
        references = [] if reading.rejects else mapping.references()
        self._search = ColumnSearch(references, reading.header)
        self._spread = SpreadRows()
        self._rows = reading.rows()

    def looked_ahead(self) -> list[Row | BrokenRow]:
        """The first rows, as many as it takes; raises `InputRefused` (MAPPING_COLUMN_MISSING)."""
        ahead: list[Row | BrokenRow] = []
        if self._search.is_over:
            self._search.refuse_missing()
            return ahead
        for row in self._rows:
            ahead.append(row)
            self._search.see(row)
            if self._search.is_over or len(ahead) == _LOOKED_AHEAD:
                return ahead
        self._search.refuse_missing()
        return ahead

    def rows(self, ahead: list[Row | BrokenRow]) -> Iterator[Row | BrokenRow]:
        later = self._watched()
        for row in chain(ahead, later):
            self._spread.see(row)
            yield row

    def remarks(self) -> Iterator[str]:
        """What there is to say at the end."""
        yield from self._spread.remarks()
        if never := self._search.never_found:
            yield f"no row had {', '.join(map(repr, never))}"

    def _watched(self) -> Iterator[Row | BrokenRow]:
        for row in self._rows:
            self._search.see(row)
            yield row
