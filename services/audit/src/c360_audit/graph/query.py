"""Where questions to the audit log begin."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.paging import DEFAULT_PAGE, LARGEST_PAGE, Page, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.graph.anomalies import AccessAnomaly, access_anomalies
from c360_audit.graph.arguments import TAG, argument
from c360_audit.graph.context import GraphContext, Info
from c360_audit.graph.known import KnownAccess, known_access
from c360_audit.graph.performed import (
    AlikeOperations,
    TouchingOperations,
    alike_operations,
    known_attributes,
    touched_customers,
    touching_operations,
)
from c360_audit.graph.types import (
    AuditedOperation,
    AuditedOperationConnection,
    AuditedOperationEdge,
)

_LIST = "operations"

_First = Annotated[
    int | None, argument(f"So many, at most {LARGEST_PAGE}; {DEFAULT_PAGE} if left out.")
]
_After = Annotated[str | None, argument("A cursor: only what comes after it.")]
_From = Annotated[DateTime | None, argument("Only what was done at this time or later.", "from")]
_To = Annotated[DateTime | None, argument("Only what was done before this time.")]
_Principal = Annotated[str | None, argument("Only what this principal asked.")]
_Act = Annotated[str | None, argument("Only acts of this kind, such as `refusal`.")]
_Coordinate = Annotated[
    str | None, argument("Only what used this coordinate, such as `Profile.phone`.")
]


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    @strawberry.federation.field(
        tags=[TAG], description="The acts on record, newest first; soon this one, too."
    )
    async def operations(  # noqa: D102
        self,
        info: Info,
        first: _First = None,
        after: _After = None,
        since: _From = None,
        to: _To = None,
        principal: _Principal = None,
        coordinate: _Coordinate = None,
        act: _Act = None,
    ) -> AuditedOperationConnection | None:
        page = PageRequest.of(first, after, None, None)
        wanted = AuditQuery(since, to, principal, coordinate=coordinate, kind=act)
        context = info.context
        before = context.sealer.read(_LIST, page.after, int)
        found = await context.store.latest(wanted, before, page.probe)
        return _connection(page.cut(found), context)

    access_anomalies: list[AccessAnomaly] | None = strawberry.federation.field(
        resolver=access_anomalies,
        tags=[TAG],
        description="What stands out of how roles were commonly used in the four weeks before, "
        "newest first.",
    )
    alike_operations: list[AlikeOperations] = strawberry.federation.field(
        resolver=alike_operations, inaccessible=True
    )
    touched_customers: int = strawberry.federation.field(
        resolver=touched_customers, inaccessible=True
    )
    touching_operations: TouchingOperations = strawberry.federation.field(
        resolver=touching_operations, inaccessible=True
    )
    known_attributes: list[str] = strawberry.federation.field(
        resolver=known_attributes, inaccessible=True
    )
    known_access: KnownAccess = strawberry.federation.field(
        resolver=known_access, inaccessible=True
    )


def _connection(page: Page[Leaf], context: GraphContext) -> AuditedOperationConnection:
    edges = [
        AuditedOperationEdge(
            cursor=context.sealer.seal(_LIST, [leaf.number]),
            node=AuditedOperation.of(leaf.audited),
        )
        for leaf in page.edges
    ]
    page_info = PageInfo.of(page, [edge.cursor for edge in edges])
    return AuditedOperationConnection(edges=edges, page_info=page_info)
