"""How good the data of each source is, trait by trait: counted customer by customer.

What is counted of two sets of customers adds up, so that it is the same in whatever order and cuts
they are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from c360_kernel.catalog.model import MOST_TRUST, QUALITY_MEASURES
from c360_kernel.corrections import STEWARD
from c360_kernel.record import TraitValue
from c360_kernel.value_types import fits

from c360_profile.domain.distinct import Distinct
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.record import SourceRecord

_DAY_MS = 86_400_000
RECENT_MS = 30 * _DAY_MS
"""What was observed within this time is compared with what was before."""
LEAST_COMPARED = 30
"""Of fewer records drift says nothing."""
BACK_BY = 0.02
"""So far within its bound a measure is back, so that one at its bound is told once."""


@dataclass(slots=True)
class SourceCount:
    """The living records of a source: all, those observed lately, those that are not stale."""

    records: int = 0
    recent: int = 0
    fresh: int = 0

    def add(self, other: SourceCount) -> None:
        """Add another count."""
        self.records += other.records
        self.recent += other.recent
        self.fresh += other.fresh


@dataclass(slots=True)
class TraitCount:
    """What a source says of a trait. `compared` are values of which another record says some, too,
    `conflicting` those of which another says something else.
    """

    filled: int = 0
    recent: int = 0
    valid: int = 0
    compared: int = 0
    conflicting: int = 0
    distinct: Distinct = field(default_factory=Distinct)

    def add(self, other: TraitCount) -> None:
        """Add another count."""
        self.filled += other.filled
        self.recent += other.recent
        self.valid += other.valid
        self.compared += other.compared
        self.conflicting += other.conflicting
        self.distinct.take_over(other.distinct)


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


class Breach(NamedTuple):
    """A measure that is beyond what the catalog says of the trait."""

    source: str
    trait: str
    measure: str


@dataclass(slots=True)
class Tally:
    """What was counted of some customers, as of one moment."""

    sources: dict[str, SourceCount] = field(default_factory=dict[str, SourceCount])
    traits: dict[tuple[str, str], TraitCount] = field(
        default_factory=dict[tuple[str, str], TraitCount]
    )

    def add(self, other: Tally) -> None:
        """Add what was counted of other customers."""
        for source, count in other.sources.items():
            self.sources.setdefault(source, SourceCount()).add(count)
        for place, counted in other.traits.items():
            self.traits.setdefault(place, TraitCount()).add(counted)

    def shares(self, source: str, trait: str) -> Mapping[str, Share]:
        """What the measures of a trait in a source are shares of; drift is none."""
        records, counted = self.sources[source], self.traits[source, trait]
        return {
            "completeness": Share(counted.filled, records.records),
            "validity": Share(counted.valid, counted.filled),
            "uniqueness": Share(min(counted.distinct.count, counted.valid), counted.valid),
            "timeliness": Share(records.fresh, records.records),
            "conflicts": Share(counted.conflicting, counted.compared),
        }

    def measures(self, source: str, trait: str) -> Measures:
        """The measures of a trait in a source."""
        shares = {name: one.value for name, one in self.shares(source, trait).items()}
        drift = _drift(self.sources[source], self.traits[source, trait])
        return Measures(**shares, drift=drift)


class QualityRules:
    """Counts by a catalog. A value is valid that is of its type, within its rules, and has a normal
    form where it is an identifier.
    """

    def __init__(self, rules: GoldenRules) -> None:
        self.catalog = rules.catalog
        strict = {
            name: replace(trait, only_if_valid=True, ignore_empty=True)
            for name, trait in self.catalog.traits.items()
        }
        trusted = {
            name: replace(one, trust=MOST_TRUST) for name, one in self.catalog.sources.items()
        }
        self._rules = replace(rules, catalog=replace(self.catalog, traits=strict, sources=trusted))

    def count(self, own: Iterable[SourceRecord], now: int, tally: Tally) -> None:
        """Count the records of one customer, `now` (ms UTC)."""
        values: dict[str, list[tuple[str, TraitValue]]] = {}
        for record in own:
            if record.traits is None or record.latest is None or record.key.source == STEWARD:
                continue
            is_recent = now - record.latest.observed_at <= RECENT_MS
            self._count_record(record, is_recent, now, tally)
            for name, value in self._count_traits(record, is_recent, tally).items():
                values.setdefault(name, []).append((record.key.source, value))
        for name, told in values.items():
            if len(told) > 1 and self.catalog.traits[name].survivorship != "union":
                _compare(name, told, tally)

    def _count_record(self, record: SourceRecord, is_recent: bool, now: int, tally: Tally) -> None:
        assert record.latest is not None
        source = self.catalog.sources.get(record.key.source)
        counted = tally.sources.setdefault(record.key.source, SourceCount())
        counted.records += 1
        counted.recent += is_recent
        stale = None if source is None else source.stale_days
        age = now - record.latest.observed_at
        counted.fresh += stale is None or age <= stale * _DAY_MS

    def _count_traits(
        self, record: SourceRecord, is_recent: bool, tally: Tally
    ) -> Mapping[str, TraitValue]:
        """The valid values of a record, which are counted."""
        for name, value in (record.traits or {}).items():
            if name not in self.catalog.traits or _is_nothing(value):
                continue
            counted = tally.traits.setdefault((record.key.source, name), TraitCount())
            counted.filled += 1
            counted.recent += is_recent
        given = (one for part in record.parts for one in self._rules.candidates(record.key, part))
        valid = {name: one.value for name, one in given}
        for name, value in valid.items():
            counted = tally.traits[record.key.source, name]
            counted.valid += 1
            counted.distinct.add(value)
        return valid

    def breaches(self, tally: Tally) -> list[Breach]:
        """What is beyond the bounds of the catalog, by source and trait."""
        return [one for one, value, bound in self._bounded(tally) if _is_beyond(one, value, bound)]

    def raised(self, tally: Tally, before: Collection[Breach]) -> list[Breach]:
        """What is beyond its bound, or was `before` and is not yet back by `BACK_BY`."""
        return [
            one
            for one, value, bound in self._bounded(tally)
            if _is_beyond(one, value, _harder(one, bound) if one in before else bound)
        ]

    def _bounded(self, tally: Tally) -> Iterator[tuple[Breach, float | None, float]]:
        """Each measure that has a bound, with its value and that bound."""
        for source, trait in sorted(tally.traits):
            measures = tally.measures(source, trait)
            for measure, bound in self.catalog.traits[trait].quality.items():
                yield Breach(source, trait, measure), getattr(measures, measure), bound


def _is_nothing(value: TraitValue) -> bool:
    return not fits("string", value) if isinstance(value, str) else value == ()


def _compare(name: str, told: list[tuple[str, TraitValue]], tally: Tally) -> None:
    differ = len({repr(value) for _, value in told}) > 1
    for source, _ in told:
        counted = tally.traits[source, name]
        counted.compared += 1
        counted.conflicting += differ


def _drift(records: SourceCount, counted: TraitCount) -> float | None:
    before = records.records - records.recent
    if records.recent < LEAST_COMPARED or before < LEAST_COMPARED:
        return None
    return abs(counted.recent / records.recent - (counted.filled - counted.recent) / before)


def _is_beyond(one: Breach, value: float | None, bound: float) -> bool:
    if value is None:
        return False
    return value > bound if QUALITY_MEASURES[one.measure] == "most" else value < bound


def _harder(one: Breach, bound: float) -> float:
    """The bound that a measure has to keep to be back: a share, so none is asked for too much."""
    if QUALITY_MEASURES[one.measure] == "most":
        return max(0.0, bound - BACK_BY)
    return min(1.0, bound + BACK_BY)
