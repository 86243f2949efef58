"""Operations by their text: parsed, validated and compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

from graphql import GraphQLError, GraphQLSchema

from c360_subgraph.documents import read_document
from c360_subgraph.operation import Operation
from c360_subgraph.strawberry_fields import StrawberryFields

LONGEST_REMEMBERED = 65_536
"""Longer texts, in characters, are prepared anew each time, and not compiled."""
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation ready to run, or the errors that keep it from running."""

    operation: Operation | None
    errors: tuple[GraphQLError, ...] = ()


class Operations:
    """The operations of one schema; the most recent ones are remembered."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._prepare = partial(_prepared, schema, StrawberryFields(schema))
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._prepare)

    def prepare(self, text: str, name: str | None = None) -> Prepared:
        """The operation of this name in a text, or the only one."""
        is_long = len(text) > LONGEST_REMEMBERED
        return self._prepare(text, name) if is_long else self._remembered(text, name)


def _prepared(
    schema: GraphQLSchema, shortcuts: StrawberryFields, text: str, name: str | None
) -> Prepared:
    document = read_document(schema, text)
    if isinstance(document, tuple):
        return Prepared(None, document)
    is_long = len(text) > LONGEST_REMEMBERED
    return Prepared(Operation(schema, document, name, None if is_long else shortcuts))
