"""Builds a subgraph's federation schema with the settings that all subgraphs share."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import cast

import strawberry
from graphql import GraphQLError
from strawberry.federation.schema import FederationAny, Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition, ScalarWrapper

from c360_kernel.subgraph.scalars import SCALARS


def build_schema(
    query: type | None = None, *, mutation: type | None = None, types: Iterable[type] = ()
) -> Schema:
    """A federation 2 schema whose `Date`, `DateTime` and `Long` are the shared scalars.

    `types` are those no field returns by name: implementations of an interface, entities.
    """
    with _building:
        return Schema(
            query=query,
            mutation=mutation,
            types=types,
            config=StrawberryConfig(scalar_map=SCALARS),
            scalar_overrides=OVERRIDES,
        )


# What `_entities` returns is written on a function that all federation schemas share, and read
# again a little later: of two that are built at once, one would have the entities of the other.
_building = threading.Lock()


def _own_copy(raw: object) -> dict[str, object]:
    """Strawberry takes representations apart; in one process they are still the caller's."""
    if not isinstance(raw, dict) or "__typename" not in raw:
        raise GraphQLError("expected a representation with __typename")
    return dict(cast("dict[str, object]", raw))


OVERRIDES: dict[object, type | ScalarWrapper | ScalarDefinition] = {
    FederationAny: strawberry.scalar(name="_Any", parse_value=_own_copy)
}
"""How entities are asked for, in every schema that has any."""
