"""What the gateway asks for its own answers about access, and nobody else can."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.operation import AuditQuery
from c360_audit.graph.arguments import argument
from c360_audit.graph.context import Info

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
    policy_version: str | None


async def known_access(info: Info, at: _At = None) -> KnownAccess:
    """Everybody on record, and by which policy the last operation before `at` was decided."""
    store = info.context.store
    actors = [
        KnownActor(principal=one.principal, roles=list(one.roles), last_at=DateTime(last))
        for one, last in sorted((await store.actors()).items())
    ]
    decided = AuditQuery(until=None if at is None else int(at), kind="operation")
    found = await store.latest(decided, None, 1)
    version = found[0].audited.operation.policy_version if found else None
    return KnownAccess(actors=actors, policy_version=version)
