"""Questions about customers: a condition, an order, a place to go on from.

In any order customers without the trait come last, and equal values are ordered by customer id.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.record import TraitValue

from c360_profile.domain.event import Event, TimelinePlace


class Order(NamedTuple):
    """By the golden value of a trait; text by code point."""

    trait: str
    descending: bool = False


Orders = tuple[Order, ...]
"""Where customers are equal in one order, the next one counts; in the end their ids."""


class Place(NamedTuple):
    """Where a customer stands: its value in each order, None where it lacks the trait."""

    values: tuple[TraitValue | None, ...]
    id: str


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """Live customers that meet a condition, between two places; by id if there is no order.

    `from_end` says which of them a limit keeps: the first, or the last.
    """

    condition: ValueCondition = EVERYBODY
    orders: Orders = ()
    after: Place | None = None
    before: Place | None = None
    from_end: bool = False


class Window(NamedTuple):
    """Which part of a timeline: events of these names, all if None, between two places.

    At most `limit` of each customer: the newest, or the oldest if `from_end`. Of these `sources`,
    all if None, from `since` until before `until` (ms UTC), whose properties are as `having` says.
    """

    names: tuple[str, ...] | None = None
    after: TimelinePlace | None = None
    before: TimelinePlace | None = None
    limit: int = sys.maxsize
    from_end: bool = False
    sources: tuple[str, ...] | None = None
    since: int | None = None
    until: int | None = None
    having: ValueCondition | None = None

    @property
    def scans(self) -> bool:
        """Whether many events may have to be looked at for each that is found."""
        return self.having is not None or self.sources is not None

    def chooses(self, event: Event) -> bool:
        """Whether an event is one of those asked for, wherever it stands."""
        return (
            (self.names is None or event.name in self.names)
            and (self.sources is None or event.record.source in self.sources)
            and (self.since is None or event.occurred_at >= self.since)
            and (self.until is None or event.occurred_at < self.until)
            and (self.having is None or self.having.holds(event.properties))
        )
