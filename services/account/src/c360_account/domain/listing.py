"""Which of all accounts are listed, and in which order.

An account has values of traits, and of roll-ups, which are dear: what traits decide alone is
decided by them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cmp_to_key
from typing import Any, NamedTuple, TypeAlias, cast

from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition
from c360_kernel.record import TraitValue
from c360_kernel.value_types import fits

Values: TypeAlias = Mapping[str, TraitValue]


class Order(NamedTuple):
    """By a trait or roll-up; text by code point."""

    by: str
    descending: bool = False


Orders: TypeAlias = tuple[Order, ...]
"""Where accounts are equal in one order, the next one counts; in the end their ids."""


class Place(NamedTuple):
    """Where an account stands: its value in each order, None where it has none."""

    values: tuple[TraitValue | None, ...]
    id: str


def fitting(values: Values, types: Mapping[str, TraitType]) -> dict[str, TraitValue]:
    """Those of these values that are of the type of the catalog; others cannot be compared."""
    return {n: v for n, v in values.items() if n in types and fits(types[n].type, v)}


def decided(condition: ValueCondition, values: Values, unknown: Collection[str]) -> bool | None:
    """Whether a condition holds whatever the unknown values are; None if these decide it."""
    match condition:
        case All(parts):
            found = [decided(part, values, unknown) for part in parts]
            return False if False in found else (None if None in found else True)
        case AnyOf(parts):
            found = [decided(part, values, unknown) for part in parts]
            return True if True in found else (None if None in found else False)
        case Not(part):
            held = decided(part, values, unknown)
            return None if held is None else not held
        case _:
            return None if condition.name in unknown else condition.holds(values)


def place_of(account: str, values: Values, orders: Orders) -> Place:
    """Where an account stands."""
    return Place(tuple(values.get(order.by) for order in orders), account)


def is_of(place: Place, orders: Orders, types: Mapping[str, TraitType]) -> bool:
    """Whether the values of a place are of the types of the catalog, so that they compare."""
    said = zip(orders, place.values, strict=True)
    return all(value is None or fits(types[order.by].type, value) for order, value in said)


def in_order(places: Iterable[Place], orders: Orders) -> list[Place]:
    """Places in their order; who lacks a value comes after all who have it, in either direction."""
    return sorted(places, key=cmp_to_key(lambda one, other: _compared(one, other, orders)))


def is_beyond(place: Place, other: Place, orders: Orders) -> bool:
    """Whether the first place comes after the other one."""
    return _compared(place, other, orders) > 0


def _compared(one: Place, other: Place, orders: Orders) -> int:
    for order, left, right in zip(orders, one.values, other.values, strict=True):
        if left == right:
            continue
        if left is None or right is None:
            return 1 if left is None else -1
        comes_first = _less(right, left) if order.descending else _less(left, right)
        return -1 if comes_first else 1
    return (one.id > other.id) - (one.id < other.id)


def _less(one: TraitValue, other: TraitValue) -> bool:
    return cast(Any, one) < cast(Any, other)
