"""Survivorship: which of several values of one trait is the customer's.

Every rule is a pure function of the set of candidates. Ties are broken down to
the record's key, so that no rule ever depends on the order of its input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.revision import Revision


class Standing(NamedTuple):
    """What one record weighs against the others; greater is later.

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


@dataclass(frozen=True, slots=True)
class Survivor:
    """The value a customer has, and the candidates that gave it, the deciding one first."""

    value: TraitValue
    origins: tuple[Candidate, ...]


Rule = Callable[[Sequence[Candidate]], Survivor]


def survive(rule: Survivorship, candidates: Sequence[Candidate]) -> Survivor:
    """The survivor of at least one candidate by a rule of the catalog."""
    return RULES[rule](candidates)


def _standing(candidate: Candidate) -> Standing:
    return candidate.standing


def _trusted(candidate: Candidate) -> tuple[int, Standing]:
    return (candidate.standing.trust, candidate.standing)


def _latest(candidates: Sequence[Candidate]) -> Survivor:
    winner = max(candidates, key=_standing)
    return Survivor(winner.value, (winner,))


def _oldest(candidates: Sequence[Candidate]) -> Survivor:
    winner = min(candidates, key=_standing)
    return Survivor(winner.value, (winner,))


def _source_priority(candidates: Sequence[Candidate]) -> Survivor:
    winner = max(candidates, key=_trusted)
    return Survivor(winner.value, (winner,))


def _most_frequent(candidates: Sequence[Candidate]) -> Survivor:
    holders: dict[TraitValue, list[Candidate]] = {}
    for candidate in candidates:
        holders.setdefault(candidate.value, []).append(candidate)
    winners = max(holders.values(), key=_support)
    return _latest(winners)


def _support(holders: Sequence[Candidate]) -> tuple[int, Standing]:
    return (len(holders), max(map(_standing, holders)))


def _union(candidates: Sequence[Candidate]) -> Survivor:
    newest_first = sorted(candidates, key=_standing, reverse=True)
    items = {item for candidate in newest_first for item in _items(candidate.value)}
    return Survivor(tuple(sorted(items)), tuple(newest_first))


def _items(value: TraitValue) -> Iterable[str]:
    return value if isinstance(value, tuple) else (str(value),)


RULES: Mapping[Survivorship, Rule] = {
    "latest": _latest,
    "oldest": _oldest,
    "source_priority": _source_priority,
    "most_frequent": _most_frequent,
    "union": _union,
}
