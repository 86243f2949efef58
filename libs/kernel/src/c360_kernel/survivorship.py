"""Survivorship: which of several values of one trait is the customer's.

Candidates are given newest first, in an order that is total (`Weight`), so that every rule is
a pure function of the set of records and none depends on the order of consumption. What a steward
corrected survives whatever the rule.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, cast

from c360_kernel.catalog.model import MOST_TRUST, Survivorship
from c360_kernel.corrections import STEWARD
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms


class Told(Protocol):
    """What a record was told to say, as far as it weighs."""

    @property
    def observed_at(self) -> int:
        """When the source saw it, ms UTC."""
        ...

    @property
    def number(self) -> int:
        """Its revision."""
        ...

    @property
    def stamp(self) -> str:
        """When it came in."""
        ...


EMPTY: tuple[TraitValue, ...] = ("", ())
"""What says of a trait that it has no value."""


class Weight(NamedTuple):
    """What one record weighs against the others; greater is newer.

    Two sources often give the same date. Stamps decide only where the observed time is the
    time of arrival: else two imports run in another order would give another profile. `votes` is
    what the record counts for where records are counted.
    """

    observed_at: int
    revision: int
    arrival: str
    trust: int
    record: RecordKey
    votes: int = MOST_TRUST

    @property
    def corrects(self) -> bool:
        """Whether it is a steward's correction."""
        return self.record.source == STEWARD


def weight_of(record: RecordKey, revision: Told, priority: int, votes: int = MOST_TRUST) -> Weight:
    """The weight of a record of a source with this priority (0 is trusted first)."""
    arrived = revision.observed_at == stamp_ms(revision.stamp)
    return Weight(
        revision.observed_at,
        revision.number,
        revision.stamp if arrived else "",
        -priority,
        record,
        votes,
    )


class Candidate(NamedTuple):
    """One record's value of a trait; an empty text or list says that there is none."""

    value: TraitValue
    weight: Weight


Read = Callable[[Candidate], Candidate | None]
"""What a candidate gives as it was told: the value as it is shown, None if it is missing."""


class Trusting(Sequence[Candidate]):
    """Candidates, newest first, that can be read by trust without being made first."""

    @abstractmethod
    def most_trusted_first(self) -> Iterable[Candidate]:
        """The same by trust; of equally trusted ones the newest first."""
        ...


def origins(rule: Survivorship, newest_first: Sequence[Candidate], read: Read) -> list[Candidate]:
    """The candidates that give the surviving value, newest first; none if all are missing.

    Of many no more are read than the rule has to look at.
    """
    if rule in PREFERRED:
        return _first(PREFERRED[rule](newest_first), read)
    readable = [one for one in map(read, newest_first) if one is not None]
    if rule == "union":
        return [one for one in readable if not is_empty(one.value)]
    return [_BEST[rule](readable)] if readable else []


def corrections(newest_first: Sequence[Candidate], read: Read) -> list[Candidate]:
    """The newest correction that is not missing, alone; none if nobody corrected the trait."""
    return _first((one for one in newest_first if one.weight.corrects), read)


def _first(candidates: Iterable[Candidate], read: Read) -> list[Candidate]:
    for told in candidates:
        one = read(told)
        if one is not None:
            return [one]
    return []


def union(values: Iterable[TraitValue]) -> tuple[str, ...]:
    """All items of list values, each once, sorted."""
    return tuple(sorted({item for value in values for item in items(value)}))


def items(value: TraitValue) -> Sequence[str]:
    """The items that a value gives to a union."""
    return value if isinstance(value, tuple) else (str(value),)


def is_empty(value: TraitValue) -> bool:
    """Whether a record says of a trait that it has no value."""
    return value in EMPTY


def size(value: TraitValue) -> int:
    """How long a text is, in characters, or a list, in items."""
    return len(cast("str | tuple[str, ...]", value))


def _by_trust(newest_first: Sequence[Candidate]) -> Iterable[Candidate]:
    """Of equally trusted ones the newest stays first."""
    if isinstance(newest_first, Trusting):
        return newest_first.most_trusted_first()
    if len(newest_first) == 1:
        return newest_first
    return sorted(newest_first, key=attrgetter("weight.trust"), reverse=True)


def votes_by_value(candidates: Iterable[Candidate]) -> Mapping[TraitValue, int]:
    """How much the records together weigh that say each value."""
    votes: dict[TraitValue, int] = {}
    for candidate in candidates:
        votes[candidate.value] = votes.get(candidate.value, 0) + candidate.weight.votes
    return votes


def _most_frequent(newest_first: Sequence[Candidate]) -> Candidate:
    """The newest of those with the value most records have; of equally frequent values likewise."""
    votes = votes_by_value(newest_first)
    return max(newest_first, key=lambda candidate: votes[candidate.value])


def _longest(newest_first: Sequence[Candidate]) -> Candidate:
    return max(newest_first, key=lambda candidate: size(candidate.value))


def _greatest(newest_first: Sequence[Candidate]) -> Candidate:
    return max(newest_first, key=_value)


def _smallest(newest_first: Sequence[Candidate]) -> Candidate:
    return min(newest_first, key=_value)


def _value(candidate: Candidate) -> Any:  # noqa: ANN401 - values of one trait are of one type
    return candidate.value


PREFERRED: Mapping[Survivorship, Callable[[Sequence[Candidate]], Iterable[Candidate]]] = {
    "latest": iter,
    "oldest": reversed,
    "source_priority": _by_trust,
}
"""The rules by which the first that is not missing has it, and in which order they look."""

_BEST: Mapping[Survivorship, Callable[[Sequence[Candidate]], Candidate]] = {
    "most_frequent": _most_frequent,
    "longest": _longest,
    "maximum": _greatest,
    "minimum": _smallest,
}
"""The rules that compare values; of equally good ones the newest has it."""
