"""What may be asked of a trait in a filter, one input type per value type.

An attribute is named as the operator of a segment's condition, with `in_` for
`in`; `exists` is `exists` or `missing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from c360_kernel.subgraph.scalars import Date, DateTime, Long
from c360_kernel.value_types import ValueType


def _test(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - Strawberry's field fits any type
    return strawberry.field(name=name, description=description, default=strawberry.UNSET)


@strawberry.input(description="Tests of a text; all that are given must hold.")
class StringFilter:
    """GraphQL input."""

    equals: str | None = _test("Equal to this.")
    not_equals: str | None = _test("Not equal to this, or without a value.")
    in_: list[str] | None = _test("Equal to one of these.", "in")
    contains: str | None = _test("Has this in it.")
    starts_with: str | None = _test("Begins with this.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of a list of texts; all that are given must hold.")
class StringsFilter:
    """GraphQL input."""

    contains: str | None = _test("Has this item.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of true and false; all that are given must hold.")
class BooleanFilter:
    """GraphQL input."""

    equals: bool | None = _test("Equal to this.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of a whole number; all that are given must hold.")
class LongFilter:
    """GraphQL input."""

    equals: Long | None = _test("Equal to this.")
    not_equals: Long | None = _test("Not equal to this, or without a value.")
    in_: list[Long] | None = _test("Equal to one of these.", "in")
    greater_than: Long | None = _test("Greater than this.")
    at_least: Long | None = _test("Equal to this or greater.")
    less_than: Long | None = _test("Less than this.")
    at_most: Long | None = _test("Equal to this or less.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of a number; all that are given must hold.")
class FloatFilter:
    """GraphQL input."""

    equals: float | None = _test("Equal to this.")
    not_equals: float | None = _test("Not equal to this, or without a value.")
    in_: list[float] | None = _test("Equal to one of these.", "in")
    greater_than: float | None = _test("Greater than this.")
    at_least: float | None = _test("Equal to this or greater.")
    less_than: float | None = _test("Less than this.")
    at_most: float | None = _test("Equal to this or less.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of a date; all that are given must hold.")
class DateFilter:
    """GraphQL input."""

    equals: Date | None = _test("Equal to this.")
    not_equals: Date | None = _test("Not equal to this, or without a value.")
    in_: list[Date] | None = _test("Equal to one of these.", "in")
    greater_than: Date | None = _test("Greater than this.")
    at_least: Date | None = _test("Equal to this or greater.")
    less_than: Date | None = _test("Less than this.")
    at_most: Date | None = _test("Equal to this or less.")
    exists: bool | None = _test("True: has a value. False: has none.")


@strawberry.input(description="Tests of an instant; all that are given must hold.")
class DateTimeFilter:
    """GraphQL input."""

    equals: DateTime | None = _test("Equal to this.")
    not_equals: DateTime | None = _test("Not equal to this, or without a value.")
    in_: list[DateTime] | None = _test("Equal to one of these.", "in")
    greater_than: DateTime | None = _test("Greater than this.")
    at_least: DateTime | None = _test("Equal to this or greater.")
    less_than: DateTime | None = _test("Less than this.")
    at_most: DateTime | None = _test("Equal to this or less.")
    exists: bool | None = _test("True: has a value. False: has none.")


FILTER_TYPES: Mapping[ValueType, type] = {
    "string": StringFilter,
    "int": LongFilter,
    "float": FloatFilter,
    "boolean": BooleanFilter,
    "date": DateFilter,
    "datetime": DateTimeFilter,
    "strings": StringsFilter,
}
