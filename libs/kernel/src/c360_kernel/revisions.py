"""Which of the states that a source told of a record holds.

A pure function of the set of stamped states, whatever the order in which they are consumed:

- Numbers of one scale are compared, and the greatest holds. A source's own growing numbers are
  one scale, times in milliseconds another; a counter says nothing about a clock.
- Of several contents with one number the one first seen last holds: many sources keep the time
  of a change to the second, or only the day. A content counts from its first stamp, so that
  telling it again changes nothing.
- Of the two that hold in their scales, the one first seen later does.

This is asked for each part of a record: a whole state says something of every part, if only that
there is nothing; a patch says something of the parts that it names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey

_DIGEST_BYTES = 12
_NAMED = "Identifier(type=%r, value=%r)"


class State(Protocol):
    """A state as far as it matters here; `content` is a hash of what it says."""

    @property
    def own(self) -> bool:
        """Whether `number` is the source's own, not a time."""
        ...

    @property
    def number(self) -> int:
        """Its place in its scale."""
        ...

    @property
    def stamp(self) -> str:
        """When it was first seen."""
        ...

    @property
    def content(self) -> str:
        """A hash of what it says."""
        ...

    @property
    def named(self) -> Collection[str] | None:
        """The parts that a patch names; None of a whole state, which names every part."""
        ...


S = TypeVar("S", bound=State)


class RevisionName(NamedTuple):
    """Names the states that a record was told to be in at one number of one scale."""

    record: RecordKey
    own: bool
    number: int


def content_of(payload: RecordUpserted) -> str:
    """A hash of what the source says: equal content is a duplicate whatever its revision."""
    # As `repr` writes it: that of a named tuple takes longer than all the rest.
    named = ", ".join([_NAMED % one for one in sorted(payload.identifiers)])
    content = f"{payload.deleted!r}, [{named}], {sorted(payload.traits.items())!r}"
    if payload.named is not None:
        content = f"{content}, {payload.named!r}"
    return hash_of(f"({content})")


def hash_of(content: str) -> str:
    """What stands for a content that is written in one way whoever says it."""
    return hashlib.blake2b(content.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def holding(states: Iterable[S]) -> S | None:
    """The state that holds, None if there is none: it says whether the record is deleted."""
    return max(leading(states), key=lambda state: state.stamp, default=None)


def holding_part(part: str, states: Iterable[S]) -> S | None:
    """The state that holds of one part, None if none says anything of it."""
    return holding(one for one in states if one.named is None or part in one.named)


def may_hold(held: Iterable[S], new: Iterable[S]) -> list[S]:
    """What has to be kept once more is said; each content of a number once, by its first stamp.

    That is what holds of some part, and what else was said under the numbers of these: which of
    several contents of one number holds changes when one turns out to have been said earlier.
    Whatever a greater number outranks in all of its parts will never hold again.
    """
    states = list(first_seen((*held, *new)).values())
    numbers = {(one.own, one.number) for one in mattering(states)}
    return [one for one in states if (one.own, one.number) in numbers]


def mattering(states: Iterable[S]) -> list[S]:
    """The states that lead their scale in some part: whatever comes, no other will ever hold.

    In each scale these are the last whole state and, of the patches after it, the last of each
    part, so at most as many as there are parts.
    """
    scales: dict[bool, list[S]] = {}
    for state in states:
        scales.setdefault(state.own, []).append(state)
    return [one for stated in scales.values() for one in _leading_some_part(stated)]


def _leading_some_part(states: list[S]) -> Iterator[S]:
    if len(states) > 1:
        states.sort(key=lambda one: (one.number, one.stamp), reverse=True)
    named: set[str] = set()
    for place, state in enumerate(states):
        if state.named is None:
            yield state
            return
        # The first says of the record itself that it is there, if of nothing else.
        if place == 0 or not named.issuperset(state.named):
            named.update(state.named)
            yield state


def leading(states: Iterable[S]) -> list[S]:
    """The states that hold in their scales: at most two."""
    leaders: dict[bool, S] = {}
    for state in states:
        held = leaders.get(state.own)
        if held is None or (state.number, state.stamp) > (held.number, held.stamp):
            leaders[state.own] = state
    return list(leaders.values())


def first_seen(states: Iterable[S]) -> dict[tuple[bool, int, str], S]:
    """Each state once, with the first of its stamps, by scale, number and content."""
    seen: dict[tuple[bool, int, str], S] = {}
    for state in states:
        name = (state.own, state.number, state.content)
        if name not in seen or state.stamp < seen[name].stamp:
            seen[name] = state
    return seen
