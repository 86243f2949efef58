"""Which of the states that a source told of a record holds.

A pure function of the set of stamped states, whatever the order in which they are consumed:

- Numbers of one scale are compared, and the greatest holds. A source's own growing numbers are
  one scale, times in milliseconds another; a counter says nothing about a clock.
- Of several contents with one number the one first seen last holds: many sources keep the time
  of a change to the second, or only the day. A content counts from its first stamp, so that
  telling it again changes nothing.
- Of the two that hold in their scales, the one first seen later does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeVar

from c360_kernel.payload import RecordUpserted
from c360_kernel.record import RecordKey

_DIGEST_BYTES = 12


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


S = TypeVar("S", bound=State)


class RevisionName(NamedTuple):
    """Names the states that a record was told to be in at one number of one scale."""

    record: RecordKey
    own: bool
    number: int


def content_of(payload: RecordUpserted) -> str:
    """A hash of what the source says: equal content is a duplicate whatever its revision."""
    said = (payload.deleted, sorted(payload.identifiers), sorted(payload.traits.items()))
    return hashlib.blake2b(repr(said).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def holding(states: Iterable[S]) -> S | None:
    """The state that holds, None if there is none."""
    return max(leading(states), key=lambda state: state.stamp, default=None)


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
