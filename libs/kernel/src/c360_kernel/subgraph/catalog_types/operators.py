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


def operator_field(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - Strawberry's field fits any type
    """A test of a filter that may be left out."""
    return strawberry.field(name=name, description=description, default=strawberry.UNSET)


@strawberry.input(description="Tests of a text; all that are given must hold.")
class StringFilter:
    """GraphQL input."""

    equals: str | None = operator_field("Equal to this.")
    not_equals: str | None = operator_field("Not equal to this, or without a value.")
    in_: list[str] | None = operator_field("Equal to one of these.", "in")
    contains: str | None = operator_field("Has this in it.")
    starts_with: str | None = operator_field("Begins with this.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of a list of texts; all that are given must hold.")
class StringsFilter:
    """GraphQL input."""

    contains: str | None = operator_field("Has this item.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of true and false; all that are given must hold.")
class BooleanFilter:
    """GraphQL input."""

    equals: bool | None = operator_field("Equal to this.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of a whole number; all that are given must hold.")
class LongFilter:
    """GraphQL input."""

    equals: Long | None = operator_field("Equal to this.")
    not_equals: Long | None = operator_field("Not equal to this, or without a value.")
    in_: list[Long] | None = operator_field("Equal to one of these.", "in")
    greater_than: Long | None = operator_field("Greater than this.")
    at_least: Long | None = operator_field("Equal to this or greater.")
    less_than: Long | None = operator_field("Less than this.")
    at_most: Long | None = operator_field("Equal to this or less.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of a number; all that are given must hold.")
class FloatFilter:
    """GraphQL input."""

    equals: float | None = operator_field("Equal to this.")
    not_equals: float | None = operator_field("Not equal to this, or without a value.")
    in_: list[float] | None = operator_field("Equal to one of these.", "in")
    greater_than: float | None = operator_field("Greater than this.")
    at_least: float | None = operator_field("Equal to this or greater.")
    less_than: float | None = operator_field("Less than this.")
    at_most: float | None = operator_field("Equal to this or less.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of a date; all that are given must hold.")
class DateFilter:
    """GraphQL input."""

    equals: Date | None = operator_field("Equal to this.")
    not_equals: Date | None = operator_field("Not equal to this, or without a value.")
    in_: list[Date] | None = operator_field("Equal to one of these.", "in")
    greater_than: Date | None = operator_field("Greater than this.")
    at_least: Date | None = operator_field("Equal to this or greater.")
    less_than: Date | None = operator_field("Less than this.")
    at_most: Date | None = operator_field("Equal to this or less.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


@strawberry.input(description="Tests of an instant; all that are given must hold.")
class DateTimeFilter:
    """GraphQL input."""

    equals: DateTime | None = operator_field("Equal to this.")
    not_equals: DateTime | None = operator_field("Not equal to this, or without a value.")
    in_: list[DateTime] | None = operator_field("Equal to one of these.", "in")
    greater_than: DateTime | None = operator_field("Greater than this.")
    at_least: DateTime | None = operator_field("Equal to this or greater.")
    less_than: DateTime | None = operator_field("Less than this.")
    at_most: DateTime | None = operator_field("Equal to this or less.")
    exists: bool | None = operator_field("True: has a value. False: has none.")


FILTER_TYPES: Mapping[ValueType, type] = {
    "string": StringFilter,
    "int": LongFilter,
    "float": FloatFilter,
    "boolean": BooleanFilter,
    "date": DateFilter,
    "datetime": DateTimeFilter,
    "strings": StringsFilter,
}
