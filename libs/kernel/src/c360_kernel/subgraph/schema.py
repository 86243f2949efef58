"""Builds a subgraph's federation schema with the settings that all subgraphs share."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import cast

import strawberry
from graphql import GraphQLError
from strawberry import Info
from strawberry.federation.schema import FederationAny, Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition, ScalarWrapper

from c360_kernel.subgraph.scalars import SCALARS

CATALOGS_KEPT = 2
"""How many catalogs' schemas are kept: making one takes far longer than opening a store.

The one in force, and the one before it: graphs of both answer while a changed one is taken.
"""


class FederationSchema(Schema):
    """Leaves representations as they came."""

    def entities_resolver(
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """The entities.

        Strawberry takes representations apart and puts `info` into them. In one process they are
        the caller's; and as variables of what `info` tells of they would refer to it in a circle.
        """
        copies = [dict(cast("dict[str, object]", one)) for one in representations]
        return super().entities_resolver(info, cast("list[FederationAny]", copies))


def build_schema(
    query: type | None = None, *, mutation: type | None = None, types: Iterable[type] = ()
) -> FederationSchema:
    """A federation 2 schema whose `Date`, `DateTime` and `Long` are the shared scalars.

    `types` are those no field returns by name: implementations of an interface, entities.
    """
    with _building:
        return FederationSchema(
            query=query,
            mutation=mutation,
            types=types,
            config=StrawberryConfig(scalar_map=SCALARS),
            scalar_overrides=OVERRIDES,
        )


# What `_entities` returns is written on a function that all federation schemas share, and read
# again a little later: of two that are built at once, one would have the entities of the other.
_building = threading.Lock()


def _representation(raw: object) -> dict[str, object]:
    if not isinstance(raw, dict) or "__typename" not in raw:
        raise GraphQLError("expected a representation with __typename")
    return cast("dict[str, object]", raw)


OVERRIDES: dict[object, type | ScalarWrapper | ScalarDefinition] = {
    FederationAny: strawberry.scalar(name="_Any", parse_value=_representation)
}
"""How entities are asked for, in every schema that has any."""
