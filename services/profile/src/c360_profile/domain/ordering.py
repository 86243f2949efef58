"""What comes before what in a list of customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from c360_kernel.record import TraitValue

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import Order, Orders, Place


def place_of(customer: Customer, orders: Orders) -> Place:
    """Where a customer stands."""
    return Place(tuple([customer.traits.get(order.trait) for order in orders]), customer.id)


def in_order(customers: Iterable[Customer], orders: Orders) -> list[Customer]:
    """Customers in their order. Values of one trait have to be of one kind."""
    found = sorted(customers, key=lambda customer: customer.id)
    for order in reversed(orders):
        found = _by(order, found)
    return found


def _by(order: Order, found: Sequence[Customer]) -> list[Customer]:
    def value(customer: Customer) -> Any:  # noqa: ANN401 - values of one trait compare
        return customer.traits[order.trait]

    having = [customer for customer in found if order.trait in customer.traits]
    lacking = [customer for customer in found if order.trait not in customer.traits]
    return sorted(having, key=value, reverse=order.descending) + lacking


def is_beyond(place: Place, other: Place, orders: Orders) -> bool:
    """Whether the first place comes after the other one."""
    for order, held, passed in zip(orders, place.values, other.values, strict=True):
        if held != passed:
            if held is None or passed is None:
                return held is None
            return _less(held, passed) if order.descending else _less(passed, held)
    return place.id > other.id


def is_between(
    customer: Customer, orders: Orders, after: Place | None, before: Place | None
) -> bool:
    """Whether a customer stands between two places."""
    place = place_of(customer, orders)
    return (after is None or is_beyond(place, after, orders)) and (
        before is None or is_beyond(before, place, orders)
    )


def _less(one: TraitValue, other: TraitValue) -> bool:
    return cast(Any, one) < cast(Any, other)
