"""What the gateway asks to say what another policy would have done, and nobody else can."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.performed import Performed
from c360_audit.graph.arguments import argument
from c360_audit.graph.context import Info

_From = Annotated[DateTime, argument("At this time or later.", "from")]
_Keys = Annotated[list[str], argument("Those of `alikeOperations`.")]


@strawberry.federation.type(inaccessible=True, description="A use of a coordinate on record.")
class AlikeUse:
    """GraphQL type."""

    coordinate: str
    use: str
    decision: str


@strawberry.federation.type(inaccessible=True, description="Operations on record that are alike.")
class AlikeOperations:
    """GraphQL type."""

    key: str
    principal: str
    roles: list[str]
    purpose: str
    uses: list[AlikeUse]
    operations: int

    @classmethod
    def of(cls, one: Performed) -> AlikeOperations:
        """The GraphQL form."""
        uses = [AlikeUse(coordinate=a, use=b, decision=c) for a, b, c, *_ in one.uses]
        return cls(
            key=one.key,
            principal=one.actor.principal,
            roles=list(one.actor.roles),
            purpose=one.purpose,
            uses=uses,
            operations=one.operations,
        )


async def alike_operations(info: Info, since: _From) -> list[AlikeOperations]:
    """The operations since a time, those that are alike counted together."""
    found = await info.context.store.performed(int(since), info.context.now_ms())
    return [AlikeOperations.of(one) for one in found]


async def touched_customers(info: Info, since: _From, keys: _Keys) -> int:
    """How many names of customers the operations of these keys touched."""
    return await info.context.store.touched(keys, int(since), info.context.now_ms())
