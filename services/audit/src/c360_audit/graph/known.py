"""What the gateway asks for its own answers about access, and nobody else can."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.graph.arguments import argument
from c360_audit.graph.context import Info
from c360_audit.store.policies import policy_at

_At = Annotated[DateTime | None, argument("At that time; now if left out.")]


@strawberry.federation.type(inaccessible=True, description="A principal with a set of roles.")
class KnownActor:
    """GraphQL type."""

    principal: str
    roles: list[str]
    last_at: DateTime


@strawberry.federation.type(
    inaccessible=True, description="Who is known to ask, and the policy that decided at a time."
)
class KnownAccess:
    """GraphQL type."""

    actors: list[KnownActor]
    policy_version: str


async def known_access(info: Info, at: _At = None) -> KnownAccess:
    """Everybody on record, and the policy that decided before `at`."""
    store = info.context.store
    actors = [
        KnownActor(principal=one.principal, roles=list(one.roles), last_at=DateTime(last))
        for one, last in sorted((await store.actors()).items())
    ]
    version = await policy_at(store, None if at is None else int(at))
    return KnownAccess(actors=actors, policy_version=version)
