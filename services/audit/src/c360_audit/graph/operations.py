"""The acts on record, page by page, newest first.

The gateway says which, in a key that it hands on (`AuditedOperationConnection.asked`).
"""

from __future__ import annotations

import json
from typing import Any, Self

import strawberry
from c360_kernel.subgraph.paging import Page, PageInfo, PageRequest

from c360_audit.domain.access import About
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.graph.arguments import TAG
from c360_audit.graph.context import GraphContext, Info
from c360_audit.graph.types import AuditedOperation

_LIST = "operations"


@strawberry.federation.type(tags=[TAG], description="An operation at its place in the list.")
class AuditedOperationEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: AuditedOperation = strawberry.field(description="The operation.")


@strawberry.federation.type(
    tags=[TAG], keys=["asked"], description="A page of operations, newest first."
)
class AuditedOperationConnection:
    """GraphQL type."""

    asked: str = strawberry.federation.field(
        inaccessible=True, description="What was asked, as JSON: for the subgraphs alone."
    )
    edges: list[AuditedOperationEdge] = strawberry.field(description="The operations.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")

    @classmethod
    async def resolve_reference(cls, info: Info, asked: str) -> Self:
        """Read the page that the gateway asks for."""
        question: dict[str, Any] = json.loads(asked)
        request = PageRequest.of(question["first"], question["after"], None, None)
        context = info.context
        before = context.sealer.read(_LIST, request.after, int)
        found = await context.store.latest(_wanted(question), before, request.probe)
        return cls._of(request.cut(found), asked, context)

    @classmethod
    def _of(cls, page: Page[Leaf], asked: str, context: GraphContext) -> Self:
        edges = [
            AuditedOperationEdge(
                cursor=context.sealer.seal(_LIST, [leaf.number]),
                node=AuditedOperation.of(leaf.audited),
            )
            for leaf in page.edges
        ]
        info = PageInfo.of(page, [edge.cursor for edge in edges])
        return cls(asked=asked, edges=edges, page_info=info)


def _wanted(question: dict[str, Any]) -> AuditQuery:
    about = About.of(question["coordinate"])
    return AuditQuery(
        question["from"],
        question["to"],
        question["principal"],
        coordinate=about.coordinate,
        tag=about.tag,
        kind=question["act"],
    )
