"""What the past of customers and the review queue answer; made into types in `past_types`."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.paging import Page, PageInfo
from c360_kernel.subgraph.scalars import DateTime

from c360_identity.domain.reviews import Review
from c360_identity.graph.context import Info
from c360_identity.graph.evidence_nodes import instant, source_record
from c360_identity.graph.past import Happening, PastCustomer


@strawberry.enum(name="ReviewKind", description="Why somebody should look.")
class ReviewKind(Enum):
    """GraphQL enum."""

    REFUSED = strawberry.enum_value("REFUSED", description="What connects two records was refused.")
    GREY = strawberry.enum_value(
        "GREY", description="They are alike, but not enough to be one without being asked."
    )


def id_of(seed: RecordKey | None, info: Info) -> strawberry.ID | None:
    """The id that a customer has, or had when it was this record's."""
    return None if seed is None else strawberry.ID(info.context.directory.customer_id(seed))


class HappeningNode:
    """One thing that made a customer what it is."""

    happening: Happening

    def at(self) -> DateTime:
        """When."""
        return instant(self.happening.stamp)

    def cause(self) -> str:
        """Why."""
        return self.happening.cause

    async def record(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The record that moved, or that was decided about."""
        return await source_record(self.happening.record, info)

    async def other(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The other record of a decision."""
        decision = self.happening.decision
        return await source_record(decision.pair[1] if decision else None, info)

    def customer_id(self, info: Info) -> strawberry.ID | None:
        """Where it came to."""
        return id_of(self.happening.seed, info)

    def left_id(self, info: Info) -> strawberry.ID | None:
        """Where it came from."""
        return id_of(self.happening.left, info)

    def decision_id(self) -> str | None:
        """Which decision it was."""
        return self.happening.decision.id if self.happening.decision else None

    def actor(self) -> str | None:
        """Who decided."""
        return (self.happening.decision.actor or None) if self.happening.decision else None

    def reason(self) -> str | None:
        """Why it was decided."""
        return (self.happening.decision.reason or None) if self.happening.decision else None

    def stands(self) -> bool | None:
        """Whether a decision is in force."""
        return self.happening.stands if self.happening.decision else None


class PastCustomerNode:
    """Who somebody was at a time."""

    past: PastCustomer
    moment: int

    def id(self, info: Info) -> strawberry.ID:
        """The id of then."""
        return strawberry.ID(info.context.directory.customer_id(self.past.seed))

    def at(self) -> DateTime:
        """When."""
        return DateTime(self.moment)

    def members(self) -> list[str]:
        """The names of its records, for who says what was known of them."""
        return [str(record.key) for record in self.past.records]

    def records(self, info: Info, first: First = None) -> list[Any]:
        """Who else that was."""
        make = info.context.types.source_record
        return [make.of(record) for record in listed(self.past.records, first)]


class ReviewNode:
    """One review."""

    review: Review

    async def a(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """One of the two."""
        return await source_record(self.review.a, info)

    async def b(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The other one."""
        return await source_record(self.review.b, info)

    def kind(self) -> ReviewKind:
        """Why it is here."""
        return ReviewKind.GREY if self.review.edge.score else ReviewKind.REFUSED

    def evidence(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """What connects them."""
        return info.context.types.evidence.edge(edge=self.review.edge)

    def since(self) -> DateTime:
        """Since when."""
        return instant(self.review.edge.since)

    async def customer_ids(self, info: Info) -> list[strawberry.ID]:
        """Whom it tells of: for the record of who was looked at."""
        seeds = await info.context.customers_of.load_many([self.review.a, self.review.b])
        return [one for one in (id_of(seed, info) for seed in seeds) if one is not None]


class ReviewEdgeNode:
    """One review and its place."""

    review: Review

    def cursor(self) -> str:
        """Its place."""
        return self.review.place

    def node(self, info: Info) -> Any:  # noqa: ANN401 - a type of the catalog
        """The review."""
        return info.context.types.past.review(review=self.review)


class ReviewConnectionNode:
    """A page of the queue."""

    page: Page[Review]

    def edges(self, info: Info) -> list[Any]:
        """The reviews."""
        return [info.context.types.past.review_edge(review=one) for one in self.page.edges]

    def page_info(self) -> PageInfo:
        """Where the page is."""
        return PageInfo.of(self.page, [one.place for one in self.page.edges])
