"""Why a record's value of a trait is not the customer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from c360_kernel.catalog.model import Survivorship
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.survivorship import Candidate, Read, Weight, size, votes_by_value

Loss = Literal[
    "older",
    "newer",
    "less_trusted",
    "less_frequent",
    "shorter",
    "smaller",
    "greater",
    "tied",
    "corrected",
    "empty",
    "invalid",
    "untrusted",
]

TOLD_BY_RECORDS: frozenset[Loss] = frozenset(
    ("older", "newer", "less_trusted", "tied", "corrected", "untrusted")
)
"""What source and time of the records say already; other reasons tell something of the values."""
COMPARING: frozenset[str] = frozenset(("most_frequent", "longest", "maximum", "minimum"))
"""The rules by which values are compared: whatever loses by them loses by its value."""

_Place = Callable[[Candidate], Any]


class Lost(NamedTuple):
    """A record that says something of a trait, when (ms UTC), what as it wrote it, and why it
    did not win."""

    record: RecordKey
    observed_at: int
    value: TraitValue
    loss: Loss


def losers(
    rule: Survivorship,
    newest_first: Sequence[Candidate],
    read: Read,
    missing: Callable[[Candidate], Loss],
    winners: Sequence[Candidate],
) -> Iterator[Lost]:
    """All that lost, newest first; `missing` says why one has no value."""
    won = {one.weight.record for one in winners}
    why = _reasons(rule, newest_first, read, winners)
    for told in newest_first:
        if told.weight.record not in won:
            candidate = read(told)
            loss = missing(told) if candidate is None else why(candidate)
            yield Lost(told.weight.record, told.weight.observed_at, told.value, loss)


def _reasons(
    rule: Survivorship, told: Sequence[Candidate], read: Read, winners: Sequence[Candidate]
) -> Callable[[Candidate], Loss]:
    """Why one lost that has a value; of a union nobody loses but to a correction, or empty."""
    if not winners or (rule == "union" and not winners[0].weight.corrects):
        return lambda _: "empty"
    winner = winners[0]
    if winner.weight.corrects:
        return lambda one: _behind(winner, one) if one.weight.corrects else "corrected"
    if rule == "oldest":
        return lambda one: "newer" if _time(one.weight) > _time(winner.weight) else "tied"
    if rule == "latest":
        return lambda one: _behind(winner, one)
    place = _frequency(told, read) if rule == "most_frequent" else _PLACES[rule]
    return lambda one: _LESS[rule] if place(one) != place(winner) else _behind(winner, one)


def _behind(winner: Candidate, one: Candidate) -> Loss:
    if _time(one.weight) != _time(winner.weight):
        return "older"
    return "less_trusted" if one.weight.trust < winner.weight.trust else "tied"


def _time(weight: Weight) -> tuple[int, int, str]:
    return weight[:3]


def _frequency(told: Sequence[Candidate], read: Read) -> _Place:
    votes = votes_by_value(one for one in map(read, told) if one is not None)
    return lambda one: votes[one.value]


_PLACES: Mapping[Survivorship, _Place] = {
    "source_priority": lambda one: one.weight.trust,
    "longest": lambda one: size(one.value),
    "maximum": lambda one: one.value,
    "minimum": lambda one: one.value,
}
"""By rule what it looks at."""
_LESS: Mapping[Survivorship, Loss] = {
    "source_priority": "less_trusted",
    "most_frequent": "less_frequent",
    "longest": "shorter",
    "maximum": "smaller",
    "minimum": "greater",
}
"""What is said of one that has less of it."""
