"""The feed of changes in the graph: whom they are about is then asked as in any other answer."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from enum import Enum
from typing import Annotated, Any

import strawberry
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest

from c360_gateway.feed.changes import ChangeFeed, ChangePage, Wanted
from c360_gateway.watch.places import Begin
from c360_gateway.watch.types import ChangeTopic, CustomerChangeEdge, customer_change


@strawberry.enum(description="Where who has no cursor begins.")
class ChangesBegin(Enum):
    """GraphQL enum."""

    OLDEST = strawberry.enum_value("oldest", description="With the oldest change that is kept.")
    NOW = strawberry.enum_value("now", description="With what comes from now on.")


TopicsWanted = Annotated[
    list[ChangeTopic], strawberry.argument(description="Which changes; a cursor is of these alone.")
]
SourcesLeftOut = Annotated[
    list[str],
    strawberry.argument(
        description="Sources whose own changes of records and consents are left out: those that the"
        " reader writes."
    ),
]
BeginAt = Annotated[
    ChangesBegin, strawberry.argument(description="Where to begin without `after`.")
]


@strawberry.type(description="A page of changes, oldest first.")
class CustomerChangeConnection:
    """GraphQL type."""

    edges: list[CustomerChangeEdge] = strawberry.field(description="The changes.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


def changes_query(feed: ChangeFeed) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class ChangesQuery:
        @strawberry.federation.field(
            description="Changes after a cursor, oldest first and each at least once, for who keeps"
            " a copy elsewhere. A page may hold fewer than there are, or none: go on after"
            " `endCursor`, at once while `hasNextPage` is true."
        )
        async def changes(
            self,
            info: strawberry.Info[Any, Any],
            topics: TopicsWanted,
            first: FirstEdges = None,
            after: After = None,
            except_sources: SourcesLeftOut = [],  # noqa: B006 - Strawberry shows it, nobody adds
            begin: BeginAt = ChangesBegin.OLDEST,
        ) -> CustomerChangeConnection | None:
            if not topics:
                raise Invalid("topics names at least one", code="TOPICS_MISSING")
            size = PageRequest.of(first, after, None, None).size
            names = tuple(sorted({str(one.value) for one in topics}))
            wanted = Wanted(names, frozenset(except_sources), Begin(begin.value))
            operation = info.context.operation
            page = await feed.page(wanted, size, after, operation)
            records = (one.change.record for one in page.items)
            operation.subjects.update(f"record:{one}" for one in records if one is not None)
            operation.subjects.update(one.change.ended for one in page.items if one.change.ended)
            return _connection(page, after)

    return ChangesQuery


def _connection(page: ChangePage, after: str | None) -> CustomerChangeConnection:
    return CustomerChangeConnection(
        edges=[
            CustomerChangeEdge(cursor=one.cursor, node=customer_change(one.change))
            for one in page.items
        ],
        page_info=PageInfo(
            has_next_page=page.has_more,
            has_previous_page=after is not None,
            start_cursor=page.items[0].cursor if page.items else None,
            end_cursor=page.end,
        ),
    )
