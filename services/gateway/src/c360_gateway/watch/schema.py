"""What can be watched, as the gateway's own part of the graph says it."""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from c360_kernel.subgraph.scalars import DateTime
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.customers import CustomerWatch
from c360_gateway.watch.segment_gate import SegmentGate
from c360_gateway.watch.segments import SegmentWatch

Info = strawberry.Info[Any, Any]
StartWithCurrent = Annotated[
    bool,
    strawberry.argument(
        description="Begin with an event that shows the customer as it is: then there is no gap"
        " between reading it and hearing of changes."
    ),
]

WatchedId = Annotated[
    strawberry.ID, strawberry.argument(description="An id that is or once was a customer's.")
]
WatchedName = Annotated[
    strawberry.ID, strawberry.argument(description="The segment's name in the catalog.")
]

_CUSTOMER_CHANGED = (
    "The customer that an id stands for, each time the golden profile changes. Merges are"
    " followed; null while the customer's records are gone or belong to several others. What is"
    " asked about the profile is as new as the event; segments may lag. Who is slow gets the"
    " newest event only."
)
_SEGMENT_CHANGED = (
    "Every customer that enters or leaves a segment, for who may read what its condition does, and"
    " did; nothing of any other. Who is told of no small group is not told who changes with a"
    " condition. Who is too slow is ended with"
    " SUBSCRIPTION_OVERRUN."
)


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A person or organisation: the records that sources hold of it, as one.",
)
class Customer:
    """Whom an event is about; the other subgraphs tell more."""

    id: strawberry.ID = strawberry.field(description="Names the customer; kept through merges.")


@strawberry.type(description="A customer entered or left a segment.")
class SegmentChange:
    """GraphQL type."""

    customer: Customer = strawberry.field(description="Who.")
    entered: bool = strawberry.field(description="False: left.")
    at: DateTime = strawberry.field(description="When what caused it was taken in.")


def subscription_type(
    customers: CustomerWatch, segments: SegmentWatch, lookup: CustomerLookup, gate: SegmentGate
) -> type:
    """The subscription root; its `info.context` is an `OperationContext`."""

    @strawberry.type(description="What can be watched: each event is decided and masked anew.")
    class Subscription:
        @strawberry.subscription(description=_CUSTOMER_CHANGED)
        async def customer_changed(
            self, info: Info, id: WatchedId, start_with_current: StartWithCurrent = False
        ) -> AsyncGenerator[Customer | None, None]:
            async def present(customer: str) -> str:
                return await lookup.present(customer, info.context)

            async with customers.watching(id, present) as watched:
                is_shown = bool(watched.following.current)
                if start_with_current:
                    yield _customer(watched.following.current)
                async for seen in watched.changes():
                    shows = await lookup.shows(seen.customer, info.context)
                    # Who is hidden from now on is gone, and who was hidden all along was never.
                    if shows or is_shown:
                        yield _customer(seen.customer) if shows else None
                    is_shown = shows

        @strawberry.subscription(description=_SEGMENT_CHANGED)
        async def segment_changed(
            self, info: Info, name: WatchedName
        ) -> AsyncGenerator[SegmentChange, None]:
            async with aclosing(segments.changes(name)) as changes:
                async for change in changes:
                    if not await gate.shows(change, info.context):
                        continue
                    if not await lookup.shows(change.customer, info.context):
                        continue
                    yield SegmentChange(
                        customer=Customer(id=strawberry.ID(change.customer)),
                        entered=change.member,
                        at=DateTime(change.at),
                    )

    return Subscription


def _customer(found: str) -> Customer | None:
    return Customer(id=strawberry.ID(found)) if found else None
