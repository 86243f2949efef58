"""The list of refused items in the graph. Its field and what was sent carry a tag of their own."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from typing import Annotated, Any

import strawberry
from c360_kernel.payload import ItemQuarantined
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_gateway.collect.refused_items import RefusedItem, RefusedItems, RefusedPage, Wanted
from c360_gateway.collect.topic_pages import TopicPage

TAG = "quarantine"
SourceWanted = Annotated[
    str | None, strawberry.argument(description="Only what was sent for this source.")
]
CodeWanted = Annotated[
    str | None, strawberry.argument(description="Only what was refused with this code.")
]


@strawberry.federation.type(description="An item that was refused, and why.")
class QuarantinedItem:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names it for `resendQuarantined`.")
    source: str = strawberry.field(description="Its source, empty if it names none that is known.")
    key: str | None = strawberry.federation.field(
        tags=["record_key"], description="The key of its record, as far as it is one."
    )
    operation: str = strawberry.field(description="The mutation that it was sent with.")
    code: str = strawberry.field(description="Why it was refused, for programs.")
    path: str = strawberry.field(description="Where in the item.")
    principal: str | None = strawberry.federation.field(tags=[TAG], description="Who sent it.")
    at: DateTime = strawberry.field(description="When it was refused.")
    is_whole: bool = strawberry.field(
        description="Whether all of it is kept; only then it can be sent again."
    )
    item: str | None = strawberry.federation.field(
        tags=[TAG],
        description="What was sent, JSON; its beginning, or nothing, if it is not whole.",
    )


@strawberry.type(description="A refused item at its place in the list.")
class QuarantinedItemEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: QuarantinedItem = strawberry.field(description="The item.")


@strawberry.type(description="A page of refused items, newest first.")
class QuarantinedItemConnection:
    """GraphQL type."""

    edges: list[QuarantinedItemEdge] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


def quarantine_query(items: RefusedItems) -> type:
    """The query type of the gateway's own subgraph."""

    @strawberry.type(description="Where every query begins.")
    class Query:
        @strawberry.federation.field(
            tags=[TAG],
            description="Refused items, newest first. A page that looks for a source or a code may "
            "hold fewer than there are: go on after `endCursor` while `hasNextPage` is true.",
        )
        async def quarantine(
            self,
            info: strawberry.Info[Any, Any],
            first: FirstEdges = None,
            after: After = None,
            source: SourceWanted = None,
            code: CodeWanted = None,
        ) -> QuarantinedItemConnection | None:
            size = PageRequest.of(first, after, None, None).size
            page = await items.page(size, after, Wanted(source, code))
            info.context.operation.subjects.update(
                f"record:{one.payload.source}/{one.payload.key}"
                for one in page.items
                if one.payload.key
            )
            return _connection(page, after)

    return Query


def page_info(page: TopicPage[Any], after: str | None) -> PageInfo:
    """About a page of a topic, which may hold fewer than it looked at."""
    return PageInfo(
        has_next_page=page.has_more,
        has_previous_page=after is not None,
        start_cursor=page.items[0].cursor if page.items else None,
        end_cursor=page.end,
    )


def _connection(page: RefusedPage, after: str | None) -> QuarantinedItemConnection:
    edges = [QuarantinedItemEdge(cursor=one.cursor, node=_node(one)) for one in page.items]
    return QuarantinedItemConnection(edges=edges, page_info=page_info(page, after))


def _node(one: RefusedItem) -> QuarantinedItem:
    payload: ItemQuarantined = one.payload
    return QuarantinedItem(
        id=strawberry.ID(one.id),
        source=payload.source,
        key=payload.key,
        operation=payload.operation,
        code=payload.code,
        path=payload.path,
        principal=payload.principal,
        at=DateTime(payload.at),
        is_whole=not payload.cut,
        item=payload.item,
    )
