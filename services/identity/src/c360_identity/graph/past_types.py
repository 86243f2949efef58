"""The GraphQL types, made for one catalog of what `past_nodes` answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import strawberry
from c360_kernel.subgraph.paging import Page, PageInfo
from c360_kernel.subgraph.scalars import DateTime
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from c360_identity.domain.reviews import Review
from c360_identity.graph.making import class_of, field_of, type_of
from c360_identity.graph.past import Happening, PastCustomer
from c360_identity.graph.past_nodes import (
    HappeningNode,
    PastCustomerNode,
    ReviewConnectionNode,
    ReviewEdgeNode,
    ReviewKind,
    ReviewNode,
)

_ID = strawberry.ID


@dataclass(frozen=True, slots=True)
class PastTypes:
    """The types of one catalog."""

    happening: Any
    customer: Any
    review: Any
    review_edge: Any
    reviews: Any

    @classmethod
    def of(cls, source_record: type, evidence_edge: type) -> PastTypes:
        """The types over those of records and of edges."""
        review = _review(source_record, evidence_edge)
        review_edge = _review_edge(review)
        return cls(
            _happening(source_record),
            _past_customer(source_record),
            review,
            review_edge,
            _reviews(review_edge),
        )


def _happening(source_record: type) -> type:
    node = HappeningNode
    fields = {
        "at": field_of(node.at, DateTime, "When it happened."),
        "cause": field_of(
            node.cause,
            str,
            "`same`, `not_same` or `undo` of a steward; of a record that came or left the"
            " identifier type that did it, or a word for what else did.",
        ),
        "record": field_of(
            node.record,
            source_record | None,
            "The record that came or left, or that was decided about; null once deleted.",
        ),
        "other": field_of(node.other, source_record | None, "The other record of a decision."),
        "customer_id": field_of(node.customer_id, _ID | None, "The customer that it came to."),
        "left_id": field_of(node.left_id, _ID | None, "The customer that it left."),
        "decision_id": field_of(node.decision_id, str | None, "The id of a decision."),
        "actor": field_of(node.actor, str | None, "Who decided."),
        "reason": field_of(node.reason, str | None, "Why, in the words of who decided."),
        "stands": field_of(
            node.stands, bool | None, "Of a decision, whether it holds and nobody took it back."
        ),
    }
    private: dict[str, Any] = {"happening": strawberry.Private[Happening]}
    described = "Something that made a customer what it is."
    return type_of("IdentityHistory", node, private, fields, described)


def _past_customer(source_record: type) -> type:
    node = PastCustomerNode
    fields = {
        "id": field_of(node.id, _ID, "The id of the customer of then; it still finds somebody."),
        "at": field_of(node.at, DateTime, "The instant that it is told of."),
        "members": strawberry.federation.field(
            resolver=node.members, graphql_type=list[str], inaccessible=True
        ),
        "records": field_of(
            node.records, list[source_record] | None, "The records that it had, oldest first."
        ),
    }
    private: dict[str, Any] = {
        "past": strawberry.Private[PastCustomer],
        "moment": strawberry.Private[int],
    }
    made = class_of("PastCustomer", (node,), private, fields)
    return strawberry.federation.type(
        made,
        keys=[Key(fields=FieldSet("id at members"), resolvable=False)],
        description="A customer as it was at a past time.",
    )


def _review(source_record: type, evidence_edge: type) -> type:
    node = ReviewNode
    fields = {
        "a": field_of(node.a, source_record | None, "One of the two records."),
        "b": field_of(node.b, source_record | None, "The other one."),
        "kind": field_of(node.kind, ReviewKind, "Why somebody should look."),
        "evidence": field_of(node.evidence, evidence_edge, "What connects the two."),
        "since": field_of(node.since, DateTime, "Since when."),
        "customer_ids": strawberry.federation.field(
            resolver=node.customer_ids, graphql_type=list[strawberry.ID], inaccessible=True
        ),
    }
    private: dict[str, Any] = {"review": strawberry.Private[Review]}
    described = "Two records of which a steward may say whether they are one customer."
    return type_of("IdentityReview", node, private, fields, described)


def _review_edge(review: type) -> type:
    node = ReviewEdgeNode
    fields = {
        "cursor": field_of(node.cursor, str, "Its place in the queue."),
        "node": field_of(node.node, review, "The review."),
    }
    private: dict[str, Any] = {"review": strawberry.Private[Review]}
    return type_of("IdentityReviewEdge", node, private, fields, "A review and its place.")


def _reviews(review_edge: type) -> type:
    node = ReviewConnectionNode
    fields = {
        "edges": field_of(node.edges, list[review_edge], "The reviews, the oldest first."),
        "page_info": field_of(node.page_info, PageInfo, "Where the page is."),
    }
    private: dict[str, Any] = {"page": strawberry.Private[Page[Any]]}
    return type_of("IdentityReviewConnection", node, private, fields, "A page of reviews.")
