"""Where questions to the audit log begin."""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.subgraph.paging import DEFAULT_PAGE, LARGEST_PAGE, Page, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.graph.context import GraphContext, Info
from c360_audit.graph.types import (
    TAG,
    AuditedOperation,
    AuditedOperationConnection,
    AuditedOperationEdge,
)

_LIST = "operations"


def _argument(description: str, name: str | None = None) -> object:
    return strawberry.federation.argument(description=description, name=name, tags=[TAG])


_First = Annotated[
    int | None, _argument(f"So many, at most {LARGEST_PAGE}; {DEFAULT_PAGE} if left out.")
]
_After = Annotated[str | None, _argument("A cursor: only what comes after it.")]
_From = Annotated[DateTime | None, _argument("Only what was done at this time or later.", "from")]
_To = Annotated[DateTime | None, _argument("Only what was done before this time.")]
_Principal = Annotated[str | None, _argument("Only what this principal asked.")]
_Coordinate = Annotated[
    str | None, _argument("Only what used this coordinate, such as `Profile.phone`.")
]


@strawberry.type(description="Where every query begins.")
class Query:
    """Entry points."""

    @strawberry.federation.field(
        tags=[TAG], description="The operations on record, newest first; soon this one, too."
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
    ) -> AuditedOperationConnection | None:
        asked = PageRequest.of(first, after, None, None)
        wanted = AuditQuery(since=since, until=to, principal=principal, coordinate=coordinate)
        context = info.context
        before = context.sealer.read(_LIST, asked.after, int)
        found = await context.store.latest(wanted, before, asked.probe)
        return _connection(asked.cut(found), context)


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
