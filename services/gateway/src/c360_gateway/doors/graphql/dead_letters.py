"""The list of dead letters in the graph. What it shows carries the tag of refused items."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from typing import Annotated, Any

import strawberry
from c360_kernel.subgraph.paging import After, FirstEdges, PageInfo, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_gateway.collect.dead_letters import (
    DeadLetter,
    DeadLetterPage,
    DeadLetters,
    WantedLetters,
    content_of,
    record_of,
    subject_of,
)
from c360_gateway.doors.graphql.quarantine import TAG, page_info

GroupWanted = Annotated[
    str | None, strawberry.argument(description="Only what this service could not take.")
]
LetterCode = Annotated[
    str | None, strawberry.argument(description="Only what was put aside with this code.")
]


@strawberry.federation.type(
    name="DeadLetter", description="An entry of the log that a service could not take, and why."
)
class DeadLetterType:
    """GraphQL type."""

    id: strawberry.ID = strawberry.field(description="Names it for `resendDeadLetters`.")
    entry: str = strawberry.field(description="The id of the entry.")
    topic: str = strawberry.field(description="The topic that the entry stands in.")
    partition: int = strawberry.field(description="The partition of that topic.")
    offset: int = strawberry.field(description="Its place in that partition, from 0.")
    group: str = strawberry.field(description="The service that could not take it.")
    code: str = strawberry.field(description="Why, for programs.")
    at: DateTime = strawberry.field(description="When it was put aside.")
    source: str | None = strawberry.field(description="The source of the record it is about.")
    key: str | None = strawberry.federation.field(
        tags=["record_key"], description="The key of the record that it is about."
    )
    content: str | None = strawberry.federation.field(
        tags=[TAG], description="What the entry says, JSON; null where that cannot be read."
    )


@strawberry.type(description="A dead letter at its place in the list.")
class DeadLetterEdge:
    """GraphQL type."""

    cursor: str = strawberry.field(description="Where the next page begins.")
    node: DeadLetterType = strawberry.field(description="The dead letter.")


@strawberry.type(description="A page of dead letters, newest first.")
class DeadLetterConnection:
    """GraphQL type."""

    edges: list[DeadLetterEdge] = strawberry.field(description="The dead letters.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


def dead_letters_query(letters: DeadLetters) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class DeadLettersQuery:
        @strawberry.federation.field(
            tags=[TAG],
            description="Entries of the log that a service could not take, newest first. A page "
            "that looks for a group or a code may hold fewer than there are: go on after "
            "`endCursor` while `hasNextPage` is true.",
        )
        async def dead_letters(
            self,
            info: strawberry.Info[Any, Any],
            first: FirstEdges = None,
            after: After = None,
            group: GroupWanted = None,
            code: LetterCode = None,
        ) -> DeadLetterConnection | None:
            size = PageRequest.of(first, after, None, None).size
            page = await letters.page(size, after, WantedLetters(group, code))
            subjects = (subject_of(one.payload) for one in page.items)
            info.context.operation.subjects.update(one for one in subjects if one)
            return _connection(page, after)

    return DeadLettersQuery


def _connection(page: DeadLetterPage, after: str | None) -> DeadLetterConnection:
    edges = [DeadLetterEdge(cursor=one.cursor, node=_node(one)) for one in page.items]
    return DeadLetterConnection(edges=edges, page_info=page_info(page, after))


def _node(one: DeadLetter) -> DeadLetterType:
    payload, record = one.payload, record_of(one.payload)
    return DeadLetterType(
        id=strawberry.ID(one.id),
        entry=payload.entry_id,
        topic=payload.topic,
        partition=payload.partition,
        offset=payload.offset,
        group=payload.group,
        code=payload.code,
        at=DateTime(payload.at),
        source=record and record.source,
        key=record and record.key,
        content=content_of(payload),
    )
