"""Questions about customers: conditions on golden traits, an order, a place to go on from.

Text compares binary (by code point). In any order customers without the trait come last and
equal values are ordered by customer id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from c360_kernel.record import TraitValue

Operator = Literal["eq", "in", "gt", "gte", "lt", "lte", "has"]
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


class Condition(NamedTuple):
    """The golden value of `trait` compared with `value`.

    `in` takes a tuple of values, `has` one item of a list trait. A missing value meets none.
    """

    trait: str
    operator: Operator
    value: TraitValue | tuple[TraitValue, ...]


class Order(NamedTuple):
    """By the golden value of a trait."""

    trait: str
    descending: bool = False


class Place(NamedTuple):
    """Where a customer stands in an order; `value` is None by id or if it lacks the trait."""

    value: TraitValue | None
    id: str


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """Live customers that meet all conditions; by id if there is no order."""

    conditions: tuple[Condition, ...] = ()
    order: Order | None = None
    after: Place | None = None


def starting_with(trait: str, prefix: str) -> tuple[Condition, ...]:
    """The range of texts that start with a prefix."""
    low = Condition(trait, "gte", prefix)
    high = _next_text(prefix)
    return (low,) if high is None else (low, Condition(trait, "lt", high))


def _next_text(prefix: str) -> str | None:
    """The smallest text greater than all that start with `prefix`, None if there is none."""
    kept = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return kept[:-1] + chr(following)
