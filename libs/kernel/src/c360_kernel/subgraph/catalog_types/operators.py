"""What may be asked of a trait in a filter, one input type per value type.

An attribute is named as the operator of a segment's condition, with `in_` for
`in`; `exists` is `exists` or `missing`.
"""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from c360_kernel.catalog.model import ValueType
from c360_kernel.subgraph.scalars import Date, DateTime, Long


@strawberry.input
class StringFilter:
    """Tests of a text; all that are given must hold."""

    equals: str | None = strawberry.UNSET
    not_equals: str | None = strawberry.UNSET
    in_: list[str] | None = strawberry.field(name="in", default=strawberry.UNSET)
    contains: str | None = strawberry.UNSET
    starts_with: str | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class StringsFilter:
    """Tests of a list of texts; all that are given must hold."""

    contains: str | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class BooleanFilter:
    """Tests of true and false; all that are given must hold."""

    equals: bool | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class LongFilter:
    """Tests of a whole number; all that are given must hold."""

    equals: Long | None = strawberry.UNSET
    not_equals: Long | None = strawberry.UNSET
    in_: list[Long] | None = strawberry.field(name="in", default=strawberry.UNSET)
    greater_than: Long | None = strawberry.UNSET
    at_least: Long | None = strawberry.UNSET
    less_than: Long | None = strawberry.UNSET
    at_most: Long | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class FloatFilter:
    """Tests of a number; all that are given must hold."""

    equals: float | None = strawberry.UNSET
    not_equals: float | None = strawberry.UNSET
    in_: list[float] | None = strawberry.field(name="in", default=strawberry.UNSET)
    greater_than: float | None = strawberry.UNSET
    at_least: float | None = strawberry.UNSET
    less_than: float | None = strawberry.UNSET
    at_most: float | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class DateFilter:
    """Tests of a date; all that are given must hold."""

    equals: Date | None = strawberry.UNSET
    not_equals: Date | None = strawberry.UNSET
    in_: list[Date] | None = strawberry.field(name="in", default=strawberry.UNSET)
    greater_than: Date | None = strawberry.UNSET
    at_least: Date | None = strawberry.UNSET
    less_than: Date | None = strawberry.UNSET
    at_most: Date | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


@strawberry.input
class DateTimeFilter:
    """Tests of an instant; all that are given must hold."""

    equals: DateTime | None = strawberry.UNSET
    not_equals: DateTime | None = strawberry.UNSET
    in_: list[DateTime] | None = strawberry.field(name="in", default=strawberry.UNSET)
    greater_than: DateTime | None = strawberry.UNSET
    at_least: DateTime | None = strawberry.UNSET
    less_than: DateTime | None = strawberry.UNSET
    at_most: DateTime | None = strawberry.UNSET
    exists: bool | None = strawberry.UNSET


FILTER_TYPES: Mapping[ValueType, type] = {
    "string": StringFilter,
    "int": LongFilter,
    "float": FloatFilter,
    "boolean": BooleanFilter,
    "date": DateFilter,
    "datetime": DateTimeFilter,
    "strings": StringsFilter,
}
