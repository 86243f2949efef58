"""Survivorship: which of several values of one trait is the customer's.

Candidates are given newest first, in an order that is total (`Standing`), so that every rule is
a pure function of the set of records and none depends on the order of consumption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import NamedTuple

from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.revision import Revision


class Standing(NamedTuple):
    """What one record weighs against the others; greater is newer.

    Two sources often give the same date. Stamps decide only where the observed time is the
    time of arrival: else two imports run in another order would give another profile.
    """

    observed_at: int
    revision: int
    arrival: str
    trust: int
    record: RecordKey


def standing(record: RecordKey, revision: Revision, priority: int) -> Standing:
    """The standing of a record of a source with this priority (0 is trusted first)."""
    arrived = revision.observed_at == stamp_ms(revision.stamp)
    return Standing(
        revision.observed_at,
        revision.number,
        revision.stamp if arrived else "",
        -priority,
        record,
    )


class Candidate(NamedTuple):
    """One record's value of a trait, never empty."""

    value: TraitValue
    standing: Standing


Choice = Callable[[Sequence[Candidate]], Candidate]


def surviving_value(rule: Survivorship, newest_first: Sequence[Candidate]) -> TraitValue:
    """The value that a customer with these candidates (at least one) has by a catalog's rule."""
    if rule == "union":
        return union(candidate.value for candidate in newest_first)
    return CHOICES[rule](newest_first).value


def origins(rule: Survivorship, newest_first: Sequence[Candidate]) -> Sequence[Candidate]:
    """The candidates that gave the surviving value, newest first."""
    return newest_first if rule == "union" else (CHOICES[rule](newest_first),)


def union(values: Iterable[TraitValue]) -> tuple[str, ...]:
    """All items of list values, each once, sorted."""
    return tuple(sorted({item for value in values for item in _items(value)}))


def _items(value: TraitValue) -> Iterable[str]:
    return value if isinstance(value, tuple) else (str(value),)


def _most_trusted(newest_first: Sequence[Candidate]) -> Candidate:
    """`max` keeps the first of equals, which is the newest."""
    return max(newest_first, key=attrgetter("standing.trust"))


def _most_frequent(newest_first: Sequence[Candidate]) -> Candidate:
    """The newest of those with the value most records have; of equally frequent values likewise."""
    counts: dict[TraitValue, int] = {}
    for candidate in newest_first:
        counts[candidate.value] = counts.get(candidate.value, 0) + 1
    return max(newest_first, key=lambda candidate: counts[candidate.value])


CHOICES: Mapping[Survivorship, Choice] = {
    "latest": itemgetter(0),
    "oldest": itemgetter(-1),
    "source_priority": _most_trusted,
    "most_frequent": _most_frequent,
}
