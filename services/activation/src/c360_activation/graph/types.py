"""The GraphQL types."""

from __future__ import annotations

from typing import Self

import strawberry
from c360_kernel.subgraph.paging import After, FirstEdges, Page, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_activation.domain import delivery as domain
from c360_activation.graph.context import TAG, GraphContext, Info

_LIST = "deliveries"


@strawberry.federation.type(tags=[TAG], description="A message, and what has become of it.")
class DestinationDelivery:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(
        description="The `webhook-id`, the same for every try and replay."
    )
    type: str = strawberry.field(
        description="segment.entered, segment.left, profile.changed or customer.ended; where the "
        "destination holds rows, row.changed, or row.followed where it is told only if it holds "
        "one or may come to: what it is told is row.added, row.changed or row.removed."
    )
    customer: strawberry.ID = strawberry.field(description="The id of the customer that it is of.")
    segment: str | None = strawberry.field(description="The segment that it is of, if of one.")
    at: DateTime = strawberry.field(description="When that changed which it tells of.")
    status: str = strawberry.field(
        description="waiting, sent, withheld (policy or a consent did not let it go), failed, or "
        "replaced by a newer state of the customer."
    )
    attempts: int = strawberry.field(description="How often it was sent.")
    code: str | None = strawberry.field(description="Why it is not sent, or was not the last time.")
    changed: DateTime = strawberry.field(description="Since when its status is so.")
    due: DateTime | None = strawberry.field(description="When it is tried next, while it waits.")

    @classmethod
    def of(cls, one: domain.Delivery) -> Self:
        """The type of a delivery."""
        message = one.message
        return cls(
            id=strawberry.ID(message.id),
            type=message.kind,
            customer=strawberry.ID(message.customer),
            segment=message.segment or None,
            at=DateTime(message.at),
            status=one.status,
            attempts=one.attempts,
            code=one.code or None,
            changed=DateTime(one.changed),
            due=DateTime(one.due) if one.status == "waiting" and one.due else None,
        )


@strawberry.federation.type(tags=[TAG], description="A delivery at its place in the list.")
class DestinationDeliveryEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: DestinationDelivery = strawberry.field(description="The delivery.")


@strawberry.federation.type(tags=[TAG], description="A page of deliveries, newest first.")
class DestinationDeliveryConnection:
    """GraphQL type."""

    edges: list[DestinationDeliveryEdge] = strawberry.field(description="The deliveries.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")

    @classmethod
    def of(cls, page: Page[domain.Delivery], context: GraphContext) -> Self:
        """The type of a page."""
        edges = [
            DestinationDeliveryEdge(
                cursor=context.sealer.seal(_LIST, [one.number]), node=DestinationDelivery.of(one)
            )
            for one in page.edges
        ]
        return cls(edges=edges, page_info=PageInfo.of(page, [edge.cursor for edge in edges]))


@strawberry.federation.type(tags=[TAG], description="Where changes of customers are sent.")
class Destination:
    """GraphQL type."""

    name: strawberry.ID = strawberry.field(description="Its name in the catalog.")
    kind: str = strawberry.field(description="How it is told, as `webhook` or `mail`.")
    purpose: str = strawberry.field(description="What it is told for.")
    segments: list[str] = strawberry.field(description="The segments that it hears of.")
    paused_until: DateTime | None = strawberry.field(
        description="Until when it wants to be left alone."
    )
    disabled: str | None = strawberry.field(
        description="Why it is sent nothing any more, until it is turned on again."
    )

    @strawberry.field(description="What was sent, newest first: 20 a page unless told.")
    async def deliveries(  # noqa: D102 - described above
        self, info: Info, first: FirstEdges = None, after: After = None
    ) -> DestinationDeliveryConnection | None:
        request, context = PageRequest.of(first, after, None, None), info.context
        before = context.sealer.read(_LIST, request.after, int)
        found = await context.reader.latest(self.name, before, request.probe)
        return DestinationDeliveryConnection.of(request.cut(found), context)


async def destinations(info: Info) -> list[Destination] | None:
    """Those of the catalog, in its order."""
    standings = await info.context.reader.standings()
    return [
        Destination(
            name=strawberry.ID(name),
            kind=one.kind,
            purpose=one.purpose,
            segments=list(one.segments),
            paused_until=DateTime(held.paused_until) if held.paused_until else None,
            disabled=held.disabled or None,
        )
        for name, one in info.context.destinations.items()
        if (held := standings.get(name)) is not None
    ]


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    destinations: list[Destination] | None = strawberry.federation.field(
        resolver=destinations, tags=[TAG], description="Where changes of customers are sent."
    )
