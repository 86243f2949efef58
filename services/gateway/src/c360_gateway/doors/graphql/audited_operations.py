"""`Query.operations`: the acts on record.

The audit service reads the page, by a key that is made here: what may be named in a question, the
gateway knows.
"""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

import json
from typing import Annotated, Any

import strawberry
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.paging import DEFAULT_PAGE, LARGEST_PAGE, PageRequest
from c360_kernel.subgraph.period import refuse_empty_period
from c360_kernel.subgraph.scalars import DateTime

from c360_gateway.access.answering import Answering
from c360_gateway.access.meaning import (
    refuse_mistyped_coordinate,
    refuse_unknown_act,
    refuse_unknown_principal,
)
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.audited_rule import TAG

fed = strawberry.federation


def _argument(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - Strawberry's
    return fed.argument(description=description, name=name, tags=[TAG])


First = Annotated[
    int | None, _argument(f"So many, at most {LARGEST_PAGE}; {DEFAULT_PAGE} if left out.")
]
After = Annotated[str | None, _argument("A cursor: only what comes after it.")]
From = Annotated[DateTime | None, _argument("Only what was done at this time or later.", "from")]
To = Annotated[DateTime | None, _argument("Only what was done before this time.")]
Principal = Annotated[str | None, _argument("Only what this principal asked.")]
Act = Annotated[str | None, _argument("Only acts of this kind, such as `refusal`.")]
Coordinate = Annotated[
    str | None,
    _argument("Only what used this coordinate, such as `Profile.phone`, or this tag: `tag:phone`."),
]


@fed.type(tags=[TAG], keys=["asked"], description="A page of operations, newest first.")
class AuditedOperationConnection:
    """GraphQL type, which the audit service reads."""

    asked: str = fed.field(
        inaccessible=True, description="What was asked, as JSON: for the subgraphs alone."
    )
    asked_at: DateTime | None = strawberry.field(description="When it was asked.")


def audited_operations_query(answering: Answering) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class AuditedOperationsQuery:
        @fed.field(tags=[TAG], description="The acts on record, newest first; soon this one, too.")
        async def operations(
            self,
            info: strawberry.Info[Any, Any],
            first: First = None,
            after: After = None,
            since: From = None,
            to: To = None,
            principal: Principal = None,
            coordinate: Coordinate = None,
            act: Act = None,
        ) -> AuditedOperationConnection | None:
            size = PageRequest.of(first, after, None, None).size
            refuse_empty_period(since, to)
            refuse_unknown_act(act)
            operation: OperationContext = info.context.operation
            await refuse_mistyped_coordinate(answering, coordinate, operation)
            await refuse_unknown_principal(answering, principal, operation)
            asked = {
                "principal": principal,
                "coordinate": coordinate,
                "act": act,
                "from": since,
                "to": to,
                "first": size,
                "after": after,
            }
            return AuditedOperationConnection(
                asked=json.dumps(asked), asked_at=DateTime(wall_clock_ms())
            )

    return AuditedOperationsQuery
