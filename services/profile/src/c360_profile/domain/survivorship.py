"""Survivorship: which of several values of one trait is the customer's.

Candidates are given newest first, in an order that is total (`Weight`), so that every rule is
a pure function of the set of records and none depends on the order of consumption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.revision import Revision


class Weight(NamedTuple):
    """What one record weighs against the others; greater is newer.

    Two sources often give the same date. Stamps decide only where the observed time is the
    time of arrival: else two imports run in another order would give another profile.
    """

    observed_at: int
    revision: int
    arrival: str
    trust: int
    record: RecordKey


def weight_of(record: RecordKey, revision: Revision, priority: int) -> Weight:
    """The weight of a record of a source with this priority (0 is trusted first)."""
    arrived = revision.observed_at == stamp_ms(revision.stamp)
    return Weight(
        revision.observed_at,
        revision.number,
        revision.stamp if arrived else "",
        -priority,
        record,
    )


class Candidate(NamedTuple):
    """One record's value of a trait."""

    value: TraitValue
    weight: Weight


Read = Callable[[Candidate], Candidate | None]
"""What a candidate gives as it was told: the value as it is shown, None if it is missing."""


def origins(rule: Survivorship, newest_first: Sequence[Candidate], read: Read) -> list[Candidate]:
    """The candidates that give the surviving value, newest first; none if all are missing.

    Of many no more are read than the rule has to look at.
    """
    if rule in PREFERRED:
        found = (read(one) for one in PREFERRED[rule](newest_first))
        return next(([one] for one in found if one is not None), [])
    readable = [one for one in map(read, newest_first) if one is not None]
    return readable if rule == "union" or not readable else [_most_frequent(readable)]


def union(values: Iterable[TraitValue]) -> tuple[str, ...]:
    """All items of list values, each once, sorted."""
    return tuple(sorted({item for value in values for item in items(value)}))


def items(value: TraitValue) -> Sequence[str]:
    """The items that a value gives to a union."""
    return value if isinstance(value, tuple) else (str(value),)


def _by_trust(newest_first: Sequence[Candidate]) -> Iterable[Candidate]:
    """Of equally trusted ones the newest stays first."""
    return sorted(newest_first, key=attrgetter("weight.trust"), reverse=True)


def _most_frequent(newest_first: Sequence[Candidate]) -> Candidate:
    """The newest of those with the value most records have; of equally frequent values likewise."""
    counts: dict[TraitValue, int] = {}
    for candidate in newest_first:
        counts[candidate.value] = counts.get(candidate.value, 0) + 1
    return max(newest_first, key=lambda candidate: counts[candidate.value])


PREFERRED: Mapping[Survivorship, Callable[[Sequence[Candidate]], Iterable[Candidate]]] = {
    "latest": iter,
    "oldest": reversed,
    "source_priority": _by_trust,
}
"""The rules by which the first that is not missing has it, and in which order they look."""
