"""Looks ahead: when conditions change while nothing happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from c360_kernel.conditions.tree import leaves

from c360_segment.domain.leaves import Condition, Facts, Over, timed_leaves
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.held import Held, PastLeaf

_MOST_LOOKS = 200_000
"""Events and links looked at, at most, by one question: some tenths of a second."""
_LAST = 253_339_228_799_999
"""The end of 9997, in ms UTC: soon after it the calendar ends."""
_FOUND = 8
"""What finding a window costs at a moment, in looks at an event: these are sorted."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """When each of some conditions first is another (ms UTC; None: it stays as it is).

    `looked_to` is how far that was looked for, where it was not to the end.
    """

    changes: Sequence[int | None]
    looked_to: int | None


def look_ahead(conditions: Sequence[Condition], facts: Facts, most: int = _MOST_LOOKS) -> Ahead:
    """Try every moment at which one of them may be another, until each has been or none is left.

    Between two such moments nothing changes, so the first at which one differs is the instant
    itself.
    """
    now = [one.holds(facts) for one in conditions]
    changes: dict[int, int] = {}
    open_ones = {n for n, one in enumerate(conditions) if any(timed_leaves(one))}
    dearest = (_cost(leaf.over, facts) for one in conditions for leaf in timed_leaves(one))
    looks = most // max(1, sum(map(len, facts.events.values())), *dearest)
    for moment in _moments(conditions, facts):
        if not open_ones:
            break
        if looks <= 0 or moment > _LAST:
            looked_to = min(moment - 1, _LAST)
            return Ahead([changes.get(n) for n in range(len(conditions))], looked_to)
        looks -= 1
        then = facts._replace(now=moment)
        found = {n for n in open_ones if conditions[n].holds(then) is not now[n]}
        changes.update(dict.fromkeys(found, moment))
        open_ones -= found
    return Ahead([changes.get(n) for n in range(len(conditions))], None)


def _cost(over: Over | PastLeaf, facts: Facts) -> int:
    """About how many events or links are looked at to hold it against one moment.

    What has to be so for a time is held against each moment at which something may change it.
    """
    events = {one.event: len(facts.events.get(one.event, ())) for one in over.happenings}
    match over:
        case Held(inner):
            dearest = max((1, *(_cost(leaf, facts) for leaf in leaves(inner))))
            moments = 1 + sum(events.values()) + len(facts.past) + 2 * len(facts.links)
            return moments * dearest
        case Acting():
            return len(facts.links)
        case Measured():
            return _FOUND
        case _:
            return sum(events.values())


def _moments(conditions: Sequence[Condition], facts: Facts) -> Iterator[int]:
    """In their order, and each once."""
    leaves = dict.fromkeys(leaf for one in conditions for leaf in timed_leaves(one))
    while True:
        found = (leaf.changes_at(facts) for leaf in leaves)
        moment = min((one for one in found if one is not None), default=None)
        if moment is None:
            return
        yield moment
        facts = facts._replace(now=moment)
