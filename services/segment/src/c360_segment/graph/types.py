"""GraphQL types of the segment subgraph."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from c360_kernel.groups import GroupSuppressed
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.paging import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    After,
    Before,
    FirstEdges,
    LastEdges,
    PageInfo,
    PageRequest,
)
from c360_kernel.subgraph.scalars import DateTime
from pyroaring import FrozenBitMap

from c360_segment.domain import segments as domain
from c360_segment.graph.combining import Combination, combined, known_names
from c360_segment.graph.context import Info
from c360_segment.graph.history import HistoryCursors, history_of, segments_then
from c360_segment.graph.matching import drafted, spread
from c360_segment.graph.paging import MemberCursors, page_of
from c360_segment.graph.saving import (
    SegmentVersion,
    are_lists,
    saved_as,
    segment_to_save,
    versions_of,
)
from c360_segment.graph.why import WHY, CustomerId, MembershipReason, reason_of

AsOf = Annotated[
    DateTime | None,
    strawberry.argument(
        description="As was known at this time; of a segment that is changed since, as it was then."
    ),
]


@strawberry.federation.type(
    keys=["id"],
    description="A person or organisation: the records that sources hold of it, as one.",
)
class Customer:
    """A customer, known here by id alone."""

    id: strawberry.ID = strawberry.field(description="Names the customer; kept through merges.")

    @strawberry.field(
        description="The segments the customer is in now, or was in at a past time. Who is told of"
        " no small group is refused the past: SUPPRESSED_SMALL_GROUP."
    )
    async def segments(  # noqa: D102
        self, info: Info, first: First = None, as_of: AsOf = None
    ) -> list[Segment] | None:
        if as_of is not None:
            then = await segments_then(info, self.id, as_of)
            return [Segment.of(segment) for segment in listed(then, first)]
        names = await info.context.segments_of.load(self.id)
        known = await info.context.defined.visible()
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


@strawberry.type(description="A customer entered or left a segment.")
class SegmentHistoryEntry:
    """GraphQL type."""

    at: DateTime = strawberry.field(description="When.")
    entered: bool = strawberry.field(description="Whether the customer entered; else it left.")
    customer: Customer = strawberry.field(description="Who.")


@strawberry.type(description="A change at its place in the list.")
class SegmentHistoryEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where another page starts.")
    node: SegmentHistoryEntry = strawberry.field(description="The change.")


@strawberry.type(description="A page of who entered and left, newest first.")
class SegmentHistoryConnection:
    """GraphQL type."""

    edges: list[SegmentHistoryEdge] = strawberry.field(description="The changes.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


_HISTORY = (
    "Who entered and left, newest first: 20 a page unless told, at most 200. Of a segment that"
    " people made it begins where its condition reads nothing but what you may. Who is told of no"
    " small group is refused it: SUPPRESSED_SMALL_GROUP."
)
_GROUP_SIZE = (
    "How many they are. Who is told of no small group is told it rounded down to five, and refused"
    " it where it is small: SUPPRESSED_SMALL_GROUP."
)
_SAMPLE = (
    "Some of them, from all over the list: 20 unless told. Who is told of no small group is refused"
    " it as `size` is."
)
Sampled = Annotated[
    int | None,
    strawberry.argument(
        description=f"So many, at most {LARGEST_PAGE}; {DEFAULT_PAGE} if left out."
    ),
]
_SIZE = (
    "How many customers are in it now. Who is told of no small group is told it rounded down to"
    " five, and refused it where it is small: SUPPRESSED_SMALL_GROUP."
)
_MEMBERS = (
    "Its members: 20 a page unless told, at most 200. Who is told of no small group is refused it:"
    " SUPPRESSED_SMALL_GROUP."
)


@strawberry.type(
    description="Customers who have something in common. Who is told of no small group is told no"
    " other number of a group that differs little from one it was told of."
)
class CustomerGroup:
    """GraphQL type."""

    question: strawberry.Private[str]
    found: strawberry.Private[FrozenBitMap]

    @classmethod
    def of(cls, question: str, found: FrozenBitMap) -> Self:
        """Those with these numbers, who are the answer to a question."""
        return cls(question=question, found=found)

    @strawberry.field(description=_GROUP_SIZE)
    async def size(self, info: Info) -> int | None:  # noqa: D102
        return (await info.context.groups.size(self.question, self.found)).shown

    @strawberry.field(description=_SAMPLE)
    async def sample(self, info: Info, first: Sampled = None) -> list[Customer] | None:  # noqa: D102
        if not (await info.context.groups.size(self.question, self.found)).may_list:
            raise GroupSuppressed
        size = PageRequest.of(first, None, None, None).size
        customers = await info.context.reader.customers_of(spread(self.found, size))
        return [Customer(id=strawberry.ID(customer)) for customer in customers]


@strawberry.type(description="What a change of a segment's condition would change.")
class SegmentDifference:
    """GraphQL type."""

    entering: CustomerGroup = strawberry.field(description="Who would enter.")
    leaving: CustomerGroup = strawberry.field(description="Who would leave.")
    staying: CustomerGroup = strawberry.field(description="Who would stay.")


Others = Annotated[
    list[strawberry.ID],
    strawberry.argument(name="with", description="Names of other segments, at most 50."),
]


@strawberry.type(description="What two segments have in common, and what not.")
class SegmentOverlap:
    """GraphQL type."""

    segment: Segment = strawberry.field(description="The other segment.")
    both: CustomerGroup = strawberry.field(description="Who is in both.")
    either: CustomerGroup = strawberry.field(description="Who is in one of them, or in both.")
    only_this: CustomerGroup = strawberry.field(description="Who is not in the other one.")
    only_other: CustomerGroup = strawberry.field(description="Who is in the other one alone.")


@strawberry.type(description="A group of customers that its condition defines.")
class Segment:
    """A segment of the catalog, or of people."""

    defined: strawberry.Private[domain.Segment]
    name: strawberry.ID = strawberry.field(description="Its name.")
    title: str = strawberry.field(description="What it is called for people.")
    description: str = strawberry.field(description="What is said of it, or nothing.")
    version: int | None = strawberry.field(
        description="How many times it was saved; null of a segment of the catalog."
    )
    is_archived: bool = strawberry.field(
        description="Whether it is a segment no longer: nobody is in it."
    )

    is_list: bool = strawberry.field(
        description="Whether it is a list, which people put customers on by hand."
    )

    @classmethod
    def of(cls, segment: domain.Segment) -> Self:
        """The GraphQL form of a segment."""
        return cls(
            defined=segment,
            name=strawberry.ID(segment.name),
            title=segment.title,
            description=segment.description,
            version=segment.saved.version if segment.saved else None,
            is_archived=segment.saved.archived if segment.saved else False,
            is_list=segment.is_list,
        )

    @strawberry.field(
        description="What people saved under this name, newest first; none of a segment of the"
        " catalog."
    )
    async def versions(  # noqa: D102
        self, info: Info, first: First = None
    ) -> list[SegmentVersion] | None:
        return list(listed(await versions_of(info, self.defined), first))

    @strawberry.field(description=_SIZE)
    async def size(self, info: Info) -> int | None:  # noqa: D102
        members = await info.context.members.load(self.name)
        return (await info.context.groups.size(self.defined.question, members)).shown

    @strawberry.field(
        description="What it has in common with each of these segments. SEGMENT_UNKNOWN of one that"
        " is not there for you."
    )
    async def overlap(  # noqa: D102
        self, info: Info, others: Others
    ) -> list[SegmentOverlap] | None:
        mine = await info.context.members.load(self.name)
        return [await self._beside(info, mine, name) for name in await known_names(info, others)]

    async def _beside(self, info: Info, mine: FrozenBitMap, name: str) -> SegmentOverlap:
        theirs = await info.context.members.load(name)
        other = (await info.context.defined.visible())[name]
        here, there = self.defined.question, other.question
        return SegmentOverlap(
            segment=Segment.of(other),
            both=CustomerGroup.of(f"{here} & {there}", mine & theirs),
            either=CustomerGroup.of(f"{here} | {there}", mine | theirs),
            only_this=CustomerGroup.of(f"{here} - {there}", mine - theirs),
            only_other=CustomerGroup.of(f"{there} - {here}", theirs - mine),
        )

    @strawberry.field(description=WHY)
    async def why(self, info: Info, customer: CustomerId) -> MembershipReason | None:  # noqa: D102
        return await reason_of(info, self.defined, customer)

    @strawberry.field(description=_HISTORY)
    async def history(  # noqa: D102
        self, info: Info, first: FirstEdges = None, after: After = None
    ) -> SegmentHistoryConnection | None:
        request = PageRequest.of(first, after, None, None)
        page = await history_of(info, self.defined, request)
        cursors = HistoryCursors(info.context.sealer, self.name)
        edges = [
            SegmentHistoryEdge(
                cursor=cursors.write(told),
                node=SegmentHistoryEntry(
                    at=DateTime(told.at),
                    entered=told.member,
                    customer=Customer(id=strawberry.ID(told.customer)),
                ),
            )
            for told in page.edges
        ]
        page_info = PageInfo.of(page, [edge.cursor for edge in edges])
        return SegmentHistoryConnection(edges=edges, page_info=page_info)

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
        if not (await info.context.groups.size(self.defined.question, members)).may_list:
            raise GroupSuppressed
        page = page_of(members, request, cursors)
        customers = await info.context.reader.customers_of(page.edges)
        edges = [
            MemberEdge(cursor=cursors.write(number), node=Customer(id=strawberry.ID(customer)))
            for number, customer in zip(page.edges, customers, strict=True)
        ]
        page_info = PageInfo.of(page, [edge.cursor for edge in edges])
        return MemberConnection(edges=edges, page_info=page_info)


Condition = Annotated[
    str,
    strawberry.argument(
        description="A condition as the catalog writes it, in JSON. It reads what you may filter by"
        " alone; else SEGMENT_CONDITION_INVALID, which says where."
    ),
]
Every = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(name="all", description="In each of these; at most 50 names in all."),
]
Some = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(name="any", description="In one of these at least."),
]
NoneOf = Annotated[list[strawberry.ID] | None, strawberry.argument(description="In none of these.")]
SegmentName = Annotated[strawberry.ID, strawberry.argument(description="The segment's name.")]


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    segment_to_save: str = strawberry.federation.field(resolver=segment_to_save, inaccessible=True)
    saved_as: str | None = strawberry.federation.field(resolver=saved_as, inaccessible=True)
    are_lists: list[bool] = strawberry.federation.field(resolver=are_lists, inaccessible=True)

    @strawberry.field(
        description="One by name, archived or not; null also where its condition reads what you"
        " may not."
    )
    async def segment(self, info: Info, name: SegmentName) -> Segment | None:  # noqa: D102
        found = await info.context.defined.named(name)
        return Segment.of(found) if found else None

    @strawberry.field(
        description="Those whose conditions read what you may, in the catalog's order, then those"
        " that people made, by name."
    )
    async def segments(self, info: Info) -> list[Segment] | None:  # noqa: D102
        known = await info.context.defined.visible()
        return [Segment.of(segment) for segment in known.values()]

    @strawberry.field(
        description="Who would be in a segment of this condition, which is not saved."
    )
    async def preview_segment(  # noqa: D102
        self, info: Info, condition: Condition
    ) -> CustomerGroup | None:
        return CustomerGroup.of(*await drafted(info, condition))

    @strawberry.field(
        description="What this condition in the place of a segment's own would change; null where"
        " there is no such segment for you."
    )
    async def diff_segment(  # noqa: D102
        self, info: Info, name: SegmentName, condition: Condition
    ) -> SegmentDifference | None:
        segment = (await info.context.defined.visible()).get(name)
        if segment is None:
            return None
        before = segment.question
        question, then = await drafted(info, condition)
        now = await info.context.members.load(name)
        return SegmentDifference(
            entering=CustomerGroup.of(f"{question} - {before}", then - now),
            leaving=CustomerGroup.of(f"{before} - {question}", now - then),
            staying=CustomerGroup.of(f"{question} & {before}", then & now),
        )

    @strawberry.field(
        description="Who is in all of some segments, in some of others, and in none of others, of"
        " all customers. SEGMENT_UNKNOWN of one that is not there for you."
    )
    async def combined_segments(  # noqa: D102
        self, info: Info, every: Every = None, some: Some = None, none: NoneOf = None
    ) -> CustomerGroup | None:
        return CustomerGroup.of(*await combined(info, Combination(every, some, none)))
