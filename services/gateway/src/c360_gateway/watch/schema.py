"""What can be watched, as the gateway's own part of the graph says it."""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry

from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.customers import CustomerWatch
from c360_gateway.watch.told import ToldChanges
from c360_gateway.watch.types import (
    Customer,
    CustomerChangeEdge,
    SegmentChange,
    customer_change,
    segment_change,
)

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

WatchedAfter = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of the change that was taken last: what came since is told first."
        " Without one, what comes from now on."
    ),
]

_CUSTOMER_CHANGED = (
    "The customer that an id stands for, each time the golden profile changes. Merges are"
    " followed; null while the customer's records are gone or belong to several others. What is"
    " asked about the profile is as new as the event; segments may lag. Who is slow gets the"
    " newest event only."
)
_CUSTOMER_CHANGES = (
    "All that becomes of the customer that an id stands for, change by change: the golden profile,"
    " merges, segments entered and left; after a cursor, first what came since. Merges are"
    " followed. Each change is told at least once. Who is too slow is ended with"
    " SUBSCRIPTION_OVERRUN, and goes on after the last cursor."
)
_SEGMENT_CHANGED = (
    "Every customer that enters or leaves a segment, for who may read what its condition does, and"
    " did; nothing of any other. After a cursor, first who did since. Who is told of no small group"
    " is not told who changes with a condition. Who is too slow is ended with"
    " SUBSCRIPTION_OVERRUN."
)


def subscription_type(
    customers: CustomerWatch, changes: ToldChanges, lookup: CustomerLookup
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

        @strawberry.subscription(description=_CUSTOMER_CHANGES)
        async def customer_changes(
            self, info: Info, id: WatchedId, after: WatchedAfter = None
        ) -> AsyncGenerator[CustomerChangeEdge, None]:
            async with aclosing(changes.of_customer(id, after, info.context)) as told:
                async for one in told:
                    node = customer_change(one.change)
                    yield CustomerChangeEdge(cursor=one.cursor, node=node)

        @strawberry.subscription(description=_SEGMENT_CHANGED)
        async def segment_changed(
            self, info: Info, name: WatchedName, after: WatchedAfter = None
        ) -> AsyncGenerator[SegmentChange, None]:
            async with aclosing(changes.of_segment(name, after, info.context)) as told:
                async for one in told:
                    yield segment_change(one.change, one.cursor)

    return Subscription


def _customer(found: str) -> Customer | None:
    return Customer(id=strawberry.ID(found)) if found else None
