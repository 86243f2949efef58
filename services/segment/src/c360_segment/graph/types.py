"""GraphQL types of the segment subgraph."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from c360_kernel.groups import GroupSuppressed
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.paging import (
    After,
    Before,
    FirstEdges,
    LastEdges,
    PageInfo,
    PageRequest,
)

from c360_segment.domain import segments as domain
from c360_segment.graph.context import Info
from c360_segment.graph.paging import MemberCursors, page_of
from c360_segment.graph.why import WHY, CustomerId, MembershipReason, reason_of


@strawberry.federation.type(
    keys=["id"],
    description="A person or organisation: the records that sources hold of it, as one.",
)
class Customer:
    """A customer, known here by id alone."""

    id: strawberry.ID = strawberry.field(description="Names the customer; kept through merges.")

    @strawberry.field(description="The segments the customer is in now.")
    async def segments(self, info: Info, first: First = None) -> list[Segment] | None:  # noqa: D102
        names = await info.context.segments_of.load(self.id)
        known = info.context.segments
        mine = [
            segment
            for name, segment in known.items()
            if name in names and not await self._is_small(name, info)
        ]
        return [Segment.of(segment) for segment in listed(mine, first)]

    @staticmethod
    async def _is_small(name: str, info: Info) -> bool:
        # Only who is told of no small group needs the members.
        if not info.context.caller.smallest_group:
            return False
        return await info.context.groups.hides(await info.context.members.load(name))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Any id can be asked about; one nobody holds is in no segment."""
        return cls(id=id)


@strawberry.type(description="A member at its place in the list.")
class MemberEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where another page starts.")
    node: Customer = strawberry.field(description="The member.")


@strawberry.type(
    description="A page of members, in the order in which the customers were first seen."
)
class MemberConnection:
    """GraphQL type."""

    edges: list[MemberEdge] = strawberry.field(description="The members.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


_SIZE = (
    "How many customers are in it now. Who is told of no small group is told it rounded down to"
    " five, and refused it where it is small: SUPPRESSED_SMALL_GROUP."
)
_MEMBERS = (
    "Its members: 20 a page unless told, at most 200. Who is told of no small group is refused it:"
    " SUPPRESSED_SMALL_GROUP."
)


@strawberry.type(description="A group of customers that its condition defines.")
class Segment:
    """A segment of the catalog."""

    defined: strawberry.Private[domain.Segment]
    name: strawberry.ID = strawberry.field(description="Its name in the catalog.")
    title: str = strawberry.field(description="What the catalog calls it for people.")
    description: str = strawberry.field(description="What the catalog says of it, or nothing.")

    @classmethod
    def of(cls, segment: domain.Segment) -> Self:
        """The GraphQL form of a segment."""
        return cls(
            defined=segment,
            name=strawberry.ID(segment.name),
            title=segment.title,
            description=segment.description,
        )

    @strawberry.field(description=_SIZE)
    async def size(self, info: Info) -> int | None:  # noqa: D102
        members = await info.context.members.load(self.name)
        return (await info.context.groups.size(self.name, members)).shown

    @strawberry.field(description=WHY)
    async def why(self, info: Info, customer: CustomerId) -> MembershipReason | None:  # noqa: D102
        return await reason_of(info, self.defined, customer)

    @strawberry.field(description=_MEMBERS)
    async def members(  # noqa: D102
        self,
        info: Info,
        first: FirstEdges = None,
        after: After = None,
        last: LastEdges = None,
        before: Before = None,
    ) -> MemberConnection | None:
        request = PageRequest.of(first, after, last, before)
        cursors = MemberCursors(info.context.sealer, self.name)
        members = await info.context.members.load(self.name)
        if not (await info.context.groups.size(self.name, members)).may_list:
            raise GroupSuppressed
        page = page_of(members, request, cursors)
        customers = await info.context.reader.customers_of(page.edges)
        edges = [
            MemberEdge(cursor=cursors.write(number), node=Customer(id=strawberry.ID(customer)))
            for number, customer in zip(page.edges, customers, strict=True)
        ]
        page_info = PageInfo.of(page, [edge.cursor for edge in edges])
        return MemberConnection(edges=edges, page_info=page_info)


SegmentName = Annotated[
    strawberry.ID, strawberry.argument(description="The segment's name in the catalog.")
]


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    @strawberry.field(
        description="One by name; null also where its condition reads what you may not."
    )
    def segment(self, info: Info, name: SegmentName) -> Segment | None:  # noqa: D102
        found = info.context.segments.get(name)
        return Segment.of(found) if found else None

    @strawberry.field(
        description="Those whose conditions read what you may, in the catalog's order."
    )
    def segments(self, info: Info) -> list[Segment] | None:  # noqa: D102
        return [Segment.of(segment) for segment in info.context.segments.values()]
