"""The batch evaluator: all members from the whole state, by set algebra.

It is the oracle of the incremental path and shares with it the reading of conditions
and the single value test only: it counts events its own way, and what looks at times is
found by trying every event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.accounts.links import Link
from c360_kernel.conditions.tree import All, AnyOf, Not
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.leaves import (
    Condition,
    Drawn,
    EventCount,
    EventPattern,
    Leaf,
    Timed,
    TraitTest,
)
from c360_segment.domain.past import Profiled
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import ProfileState, SeenEvent
from c360_segment.domain.trying import Life, was_so


class BatchEvaluator:
    """Evaluates conditions over everybody at once.

    `events` are the winners, `customers` the customer of each assigned record,
    `profiles` the greatest version of each, `tick` the present (ms UTC, 0: before any), `links`
    those that hold to records that are accounts, `accounts` the traits of the account of such a
    record, `told` all profiles that were told of each.
    """

    def __init__(
        self,
        events: Iterable[SeenEvent],
        customers: Mapping[RecordKey, str],
        profiles: Mapping[str, ProfileState],
        tick: int = 0,
        links: Iterable[Link] = (),
        accounts: Mapping[RecordKey, Mapping[str, TraitValue]] | None = None,
        told: Mapping[str, Sequence[Profiled]] | None = None,
    ) -> None:
        self._live = {customer: p.traits for customer, p in profiles.items() if p.live}
        self._everybody = frozenset(self._live)
        self._owned = [
            (customers[event.record], event) for event in events if event.record in customers
        ]
        self._tick = tick
        self._told = told or {}
        self._joined: dict[str, list[Sequence[Profiled]]] = {}
        for own in self._told.values():
            for successor in {one.successor for one in own}:
                self._joined.setdefault(successor, []).append(own)
        self._links: dict[str, list[Link]] = {}
        for link in links:
            self._links.setdefault(customers.get(link.person, ""), []).append(link)
        self._accounts = accounts or {}
        self._lives: Mapping[str, Life] = {}

    def members(self, segments: Segments) -> dict[str, frozenset[str]]:
        """The members of every segment, by customer id."""
        self._lives = self._lived(segments.watched)
        return {
            name: self._matching(segment.condition) for name, segment in segments.by_name.items()
        }

    def _matching(self, condition: Condition) -> frozenset[str]:
        match condition:
            case All(parts):
                return self._everybody.intersection(*map(self._matching, parts))
            case AnyOf(parts):
                return frozenset().union(*map(self._matching, parts))
            case Not(part):
                return self._everybody - self._matching(part)
            case _:
                return self._meeting(condition)

    def _meeting(self, leaf: Leaf) -> frozenset[str]:
        match leaf:
            case TraitTest(test):
                return frozenset(c for c, traits in self._live.items() if test.holds(traits))
            case Drawn(lot):
                return frozenset(c for c in self._live if lot.draws(c))
            case Timed(over):
                return frozenset(c for c, life in self._lives.items() if was_so(over, life))
            case EventCount(pattern, at_least, at_most):
                return self._counted(pattern, at_least, at_most)

    def _lived(self, watched: Collection[str]) -> Mapping[str, Life]:
        events: dict[str, list[SeenEvent]] = {}
        for customer, event in self._owned:
            if event.name in watched:
                events.setdefault(customer, []).append(event)
        return {
            customer: Life(
                max((self._tick, *(stamp_ms(one.stamp) for one in events.get(customer, ())))),
                traits,
                events.get(customer, ()),
                customer,
                self._links.get(customer, ()),
                self._accounts,
                self._told.get(customer, ()),
                self._joined.get(customer, ()),
            )
            for customer, traits in self._live.items()
        }

    def _counted(self, pattern: EventPattern, at_least: int, at_most: int | None) -> frozenset[str]:
        seen = Counter(
            customer
            for customer, event in self._owned
            if event.name == pattern.event
            and all(test.holds(event.properties) for test in pattern.where)
        )
        enough = frozenset(c for c in self._everybody if seen[c] >= at_least)
        if at_most is None:
            return enough
        return enough - {c for c in self._everybody if seen[c] > at_most}
