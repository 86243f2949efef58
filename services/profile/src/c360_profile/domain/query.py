"""Questions about customers: a condition, an order, a place to go on from.

In any order customers without the trait come last, and equal values are ordered by customer id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from c360_kernel.record import TraitValue

from c360_profile.domain.condition import EVERYBODY, Condition


class Order(NamedTuple):
    """By the golden value of a trait; text by code point."""

    trait: str
    descending: bool = False


class Place(NamedTuple):
    """Where a customer stands in an order; `value` is None by id or if it lacks the trait."""

    value: TraitValue | None
    id: str


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """Live customers that meet a condition; by id if there is no order."""

    condition: Condition = EVERYBODY
    order: Order | None = None
    after: Place | None = None
