"""What the gateway asks for its own answers about access, and nobody else can."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.access import About
from c360_audit.graph.arguments import argument
from c360_audit.graph.context import Info
from c360_audit.store.policies import policy_at, schema_at

_At = Annotated[DateTime | None, argument("At that time; now if left out.")]

_Names = Annotated[list[str] | None, argument("Names of customers.")]
_Coordinate = Annotated[str | None, argument("A coordinate, or `tag:` and a tag.")]
_Principal = Annotated[str | None, argument("Who did or tried it.")]


@strawberry.federation.type(inaccessible=True, description="A principal with a set of roles.")
class KnownActor:
    """GraphQL type."""

    principal: str
    roles: list[str]
    last_at: DateTime


@strawberry.federation.type(
    inaccessible=True,
    description="Who is known to ask; which policy decided at a time, over which schema.",
)
class KnownAccess:
    """GraphQL type."""

    actors: list[KnownActor]
    policy_version: str
    schema_version: str


async def known_access(info: Info, at: _At = None) -> KnownAccess:
    """Everybody on record, and the policy that decided before `at`, over which schema."""
    store = info.context.store
    actors = [
        KnownActor(principal=one.principal, roles=list(one.roles), last_at=DateTime(last))
        for one, last in sorted((await store.actors()).items())
    ]
    then = None if at is None else int(at)
    policy, schema = await policy_at(store, then), await schema_at(store, then)
    return KnownAccess(actors=actors, policy_version=policy, schema_version=schema)


async def on_record(
    info: Info, names: _Names = None, coordinate: _Coordinate = None, principal: _Principal = None
) -> bool:
    """Whether any act, whenever it was, is about all of these."""
    query = About.of(coordinate).query(frozenset(names or ()))
    found = await info.context.store.latest(replace(query, principal=principal), None, 1)
    return bool(found)
