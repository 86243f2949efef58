"""What is counted of the sources, and the measures that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_profile.domain.quality.cells import (
    Cell,
    Cells,
    TraitCell,
    block_of,
    days_cell,
    source_cell,
)

RECENT_DAYS = 30
"""What was observed within so many days is compared with what was before."""
LEAST_COMPARED = 30
"""Of fewer records drift says nothing."""


@dataclass(slots=True)
class SourceCount:
    """The living records of a source: all, those observed lately, those that are not stale."""

    records: int = 0
    recent: int = 0
    fresh: int = 0


@dataclass(slots=True)
class TraitCount:
    """What a source says of a trait. `compared` are values of which another record says some, too,
    `conflicting` those where these are not all the same; `distinct` is estimated where there are
    many.
    """

    filled: int = 0
    recent: int = 0
    valid: int = 0
    compared: int = 0
    conflicting: int = 0
    distinct: int = 0


class Measures(NamedTuple):
    """Shares from 0 to 1, None of what cannot be said. `timeliness` is the source's, of records
    that are not stale; `drift` how far the completeness of what was observed lately is from that
    of before.
    """

    completeness: float | None = None
    validity: float | None = None
    uniqueness: float | None = None
    timeliness: float | None = None
    conflicts: float | None = None
    drift: float | None = None


class Share(NamedTuple):
    """A part of a whole."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.part / self.of if self.of else None

    def is_told(self, least: int) -> bool:
        """Whether neither side is a group smaller than `least`; nobody is none."""
        sides = (self.part, self.of - self.part)
        return self.of >= least and all(side == 0 or side >= least for side in sides)


@dataclass(slots=True)
class Tally:
    """What is counted of some sources, as of one day."""

    sources: dict[str, SourceCount] = field(default_factory=dict[str, SourceCount])
    traits: dict[tuple[str, str], TraitCount] = field(
        default_factory=dict[tuple[str, str], TraitCount]
    )

    def shares(self, source: str, trait: str) -> Mapping[str, Share]:
        """What the measures of a trait in a source are shares of; drift is none."""
        records, counted = self.sources[source], self.traits[source, trait]
        return {
            "completeness": Share(counted.filled, records.records),
            "validity": Share(counted.valid, counted.filled),
            "uniqueness": Share(min(counted.distinct, counted.valid), counted.valid),
            "timeliness": Share(records.fresh, records.records),
            "conflicts": Share(counted.conflicting, counted.compared),
        }

    def measures(self, source: str, trait: str) -> Measures:
        """The measures of a trait in a source."""
        shares = {name: one.value for name, one in self.shares(source, trait).items()}
        drift = _drift(self.sources[source], self.traits[source, trait])
        return Measures(**shares, drift=drift)


async def tally_of(
    cells: Cells, sources: Iterable[str], stale: Mapping[str, int | None], today: int
) -> Tally:
    """What the cells say of these sources on a day, in days UTC since 1970.

    `stale` has after how many days a record of a source is; None, or left out: it never is.
    """
    counted = sorted(sources)
    await cells.load(map(source_cell, counted))
    first = {one: _first_day(today, stale.get(one)) for one in counted}
    await cells.load(
        days_cell(one, block)
        for one in counted
        for block in _blocks(cells[source_cell(one)], today, first[one])
    )
    tally = Tally()
    for one in counted:
        if cells[source_cell(one)].get("records"):
            _count(tally, cells, one, today, first[one])
    return tally


def _first_day(today: int, stale: int | None) -> int | None:
    """The first day of which nothing is stale; None: nothing is."""
    return None if stale is None else today - stale


def _blocks(cell: Cell, today: int, first: int | None) -> Iterator[int]:
    """The blocks of days that are to be read: the last ones, and the one where staleness begins."""
    recent = block_of(today - RECENT_DAYS)
    for block in map(int, cell.get("blocks", {})):
        if block >= recent or (first is not None and block == block_of(first)):
            yield block


def _count(tally: Tally, cells: Cells, source: str, today: int, first: int | None) -> None:
    cell, recent = cells[source_cell(source)], today - RECENT_DAYS
    lately = list(_since(cells, source, recent))
    records: int = cell["records"]
    fresh = records if first is None else _since_day(cells, source, first)
    tally.sources[source] = SourceCount(records, sum(day[""] for day in lately), fresh)
    for name, held in cell.get("traits", {}).items():
        filled, valid, compared, conflicting, level, kept = TraitCell(*held)
        said = sum(day.get(name, 0) for day in lately)
        told = (filled, said, valid, compared, conflicting, kept << level)
        tally.traits[source, name] = TraitCount(*told)


def _since(cells: Cells, source: str, first: int) -> Iterator[Mapping[str, int]]:
    """What was observed on each day from the first one on."""
    for block in map(int, cells[source_cell(source)].get("blocks", {})):
        if block >= block_of(first):
            held = cells[days_cell(source, block)]
            yield from (counts for day, counts in held.items() if int(day) >= first)


def _since_day(cells: Cells, source: str, first: int) -> int:
    """How many records were observed from a day on; of most blocks the sum is known."""
    blocks: Mapping[str, int] = cells[source_cell(source)].get("blocks", {})
    whole = sum(number for block, number in blocks.items() if int(block) > block_of(first))
    begun = cells[days_cell(source, block_of(first))] if str(block_of(first)) in blocks else {}
    return whole + sum(counts[""] for day, counts in begun.items() if int(day) >= first)


def _drift(records: SourceCount, counted: TraitCount) -> float | None:
    before = records.records - records.recent
    if records.recent < LEAST_COMPARED or before < LEAST_COMPARED:
        return None
    return abs(counted.recent / records.recent - (counted.filled - counted.recent) / before)
