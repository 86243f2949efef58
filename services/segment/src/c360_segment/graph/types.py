"""GraphQL types of the segment subgraph."""

from __future__ import annotations

from typing import Self

import strawberry

from c360_segment.domain import segments as domain
from c360_segment.graph.context import Info
from c360_segment.graph.paging import cursor_of, page_of


@strawberry.federation.type(keys=["id"])
class Customer:
    """A customer, known here by id alone."""

    id: strawberry.ID

    @strawberry.field(description="The segments the customer is in now.")
    async def segments(self, info: Info) -> list[Segment] | None:  # noqa: D102
        names = await info.context.segments_of.load(self.id)
        defined = info.context.segments.by_name
        return [Segment.of(segment) for name, segment in defined.items() if name in names]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """Any id can be asked about; one nobody holds is in no segment."""
        return cls(id=id)


@strawberry.federation.type(shareable=True)
class PageInfo:
    """Relay's page information."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class MemberEdge:
    """A member and the cursor behind which the next page starts."""

    cursor: str
    node: Customer


@strawberry.type
class MemberConnection:
    """A page of members, in the order in which the customers were first seen."""

    edges: list[MemberEdge]
    page_info: PageInfo


@strawberry.type(description="A group of customers that its condition defines.")
class Segment:
    """A segment of the catalog."""

    name: strawberry.ID
    title: str
    description: str

    @classmethod
    def of(cls, segment: domain.Segment) -> Self:
        """The GraphQL form of a segment."""
        return cls(
            name=strawberry.ID(segment.name),
            title=segment.title,
            description=segment.description,
        )

    @strawberry.field(description="How many customers are in it now.")
    async def size(self, info: Info) -> int:  # noqa: D102
        return len(await info.context.members.load(self.name))

    @strawberry.field(description="Its members, at most 200 a page.")
    async def members(  # noqa: D102
        self, info: Info, first: int = 20, after: str | None = None
    ) -> MemberConnection:
        page = page_of(await info.context.members.load(self.name), first, after)
        customers = await info.context.store.customers_of(page.numbers)
        edges = [
            MemberEdge(cursor=cursor_of(number), node=Customer(id=strawberry.ID(customer)))
            for number, customer in zip(page.numbers, customers, strict=True)
        ]
        return MemberConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


@strawberry.type
class Query:
    """Entry points."""

    @strawberry.field(description="One segment by name.")
    def segment(self, info: Info, name: strawberry.ID) -> Segment | None:  # noqa: D102
        found = info.context.segments.by_name.get(name)
        return Segment.of(found) if found else None

    @strawberry.field(description="All segments, in the order of the catalog.")
    def segments(self, info: Info) -> list[Segment] | None:  # noqa: D102
        return [Segment.of(segment) for segment in info.context.segments.by_name.values()]
