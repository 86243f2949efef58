"""All that a store knows of a customer that conditions look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.accounts.links import Link
from c360_kernel.record import RecordKey, TraitValue

from c360_segment.domain.leaves import Condition, EventPattern, Facts, patterns_of
from c360_segment.domain.past import Was
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.timed.present import by_name, present_of


class Known(NamedTuple):
    """Of a live customer: golden traits and facts, the events that were asked for, the last tick
    (ms UTC, 0 before any), who it is, its links to accounts, of whatever time, the traits of these
    accounts, and what was known of it before, earliest first, where they were asked for."""

    traits: Mapping[str, TraitValue]
    events: Sequence[Happened]
    tick: int
    customer: str
    links: Sequence[Link] = ()
    accounts: Mapping[RecordKey, Mapping[str, TraitValue]] = {}
    past: Sequence[Was] = ()

    def facts(self, conditions: Iterable[Condition], watched: Collection[str]) -> Facts:
        """What these conditions are held against. The present is that of the `watched` events."""
        named = by_name(self.events)
        looked_at = {name: events for name, events in named.items() if name in watched}
        patterns = {one for condition in conditions for one in patterns_of(condition)}
        counts = {one.name: _count(one, named) for one in patterns}
        now = present_of(looked_at, self.tick)
        own = self.customer, self.links, self.accounts
        return Facts(self.traits, counts, named, now, *own, past=self.past)


def _count(pattern: EventPattern, events: Mapping[str, Sequence[Happened]]) -> int:
    found = events.get(pattern.event, ())
    return sum(pattern.matches(one.name, one.properties) for one in found)
