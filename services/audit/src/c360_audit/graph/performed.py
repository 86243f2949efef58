"""What the gateway asks to say what another policy would have done, and nobody else can."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.performed import Performed
from c360_audit.graph.arguments import argument
from c360_audit.graph.context import Info
from c360_audit.store.last_attributes import attributes_of

_From = Annotated[DateTime, argument("At this time or later.", "from")]
_Names = Annotated[list[str], argument("Names of customers.")]
_Principals = Annotated[list[str], argument("Whose.")]
_Keys = Annotated[list[str], argument("Those of `alikeOperations`.")]


@strawberry.federation.type(inaccessible=True, description="A use of a coordinate on record.")
class AlikeUse:
    """GraphQL type."""

    coordinate: str
    use: str
    decision: str


@strawberry.federation.type(inaccessible=True, description="How often somebody asked so.")
class AlikeAsked:
    """GraphQL type."""

    key: str
    principal: str
    roles: list[str]
    operations: int


@strawberry.federation.type(inaccessible=True, description="Operations on record that are alike.")
class AlikeOperations:
    """GraphQL type."""

    purpose: str
    uses: list[AlikeUse]
    asked: list[AlikeAsked]


@strawberry.federation.type(
    inaccessible=True, description="What operations had to do with some customers."
)
class TouchingOperations:
    """GraphQL type."""

    operations: int
    names: list[str]


async def alike_operations(info: Info, since: _From) -> list[AlikeOperations]:
    """The operations since a time: what is alike once, with everybody who asked it."""
    found = await info.context.store.performed(int(since), info.context.now_ms())
    shapes: dict[tuple[object, ...], AlikeOperations] = {}
    for one in found:
        shape = shapes.get((one.purpose, one.uses))
        if shape is None:
            uses = [AlikeUse(coordinate=a, use=b, decision=c) for a, b, c, *_ in one.uses]
            shape = AlikeOperations(purpose=one.purpose, uses=uses, asked=[])
            shapes[one.purpose, one.uses] = shape
        shape.asked.append(_alike(one))
    return list(shapes.values())


def _alike(one: Performed) -> AlikeAsked:
    who = one.actor
    return AlikeAsked(
        key=one.key, principal=who.principal, roles=list(who.roles), operations=one.operations
    )


async def touched_customers(info: Info, since: _From, keys: _Keys) -> int:
    """How many names of customers the operations of these keys touched."""
    return await info.context.store.touched(keys, int(since), info.context.now_ms())


async def touching_operations(
    info: Info, since: _From, keys: _Keys, names: _Names
) -> TouchingOperations:
    """How many of the operations of these keys touched any of the customers, and whom of them."""
    store, until = info.context.store, info.context.now_ms()
    found = await store.touching(keys, names, int(since), until)
    return TouchingOperations(operations=found.operations, names=sorted(found.names))


async def known_attributes(info: Info, principals: _Principals) -> list[str]:
    """For each of them the attributes that it asked with last, as text."""
    found = await attributes_of(info.context.store, principals)
    return [found[one] for one in principals]
