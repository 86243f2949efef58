"""The scalars all subgraphs share. In Python each is the form a `TraitValue` has on the log.

`Long` is every integer of the catalog: GraphQL's own Int ends at 32 bits and
Float would turn a count into a measure. It travels as a JSON number; readers
limited to doubles see it exactly up to 2^53.
"""

from __future__ import annotations

from typing import NewType, cast

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from c360_kernel.value_types import (
    TypeMismatch,
    format_instant,
    parse_date,
    parse_instant,
    typed,
)

Date = NewType("Date", str)
"""A calendar date, `YYYY-MM-DD`."""

DateTime = NewType("DateTime", int)
"""An instant: integer milliseconds UTC here, ISO 8601 with Z in GraphQL."""

Long = NewType("Long", int)
"""A whole number of at most 64 bits."""


def _read_date(raw: object) -> str:
    return parse_date(_text(raw))


def read_instant(raw: object) -> int:
    """Milliseconds UTC of a `DateTime` as it is sent, also in a representation."""
    return parse_instant(_text(raw))


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    raise GraphQLError("expected text")


def _read_long(raw: object) -> int:
    return cast(int, typed(raw, "int"))


def _write_long(value: object) -> int:
    try:
        return cast(int, typed(value, "int"))
    except TypeMismatch as mismatch:
        raise GraphQLError(mismatch.message) from None


SCALARS: dict[object, ScalarDefinition] = {
    Date: strawberry.scalar(
        name="Date", description="A calendar date, YYYY-MM-DD.", parse_value=_read_date
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant in ISO 8601 with its offset; answers are in UTC, with Z.",
        serialize=format_instant,
        parse_value=read_instant,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of at most 64 bits.",
        serialize=_write_long,
        parse_value=_read_long,
    ),
}
"""For `StrawberryConfig.scalar_map`."""
