"""Questions about customers: a condition, an order, a place to go on from.

In any order customers without the trait come last, and equal values are ordered by customer id.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.conditions.tree import EVERYBODY, ValueCondition
from c360_kernel.record import TraitValue

from c360_profile.domain.event import TimelinePlace


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

    At most `limit` of each customer: the newest, or the oldest if `from_end`.
    """

    names: tuple[str, ...] | None = None
    after: TimelinePlace | None = None
    before: TimelinePlace | None = None
    limit: int = sys.maxsize
    from_end: bool = False
