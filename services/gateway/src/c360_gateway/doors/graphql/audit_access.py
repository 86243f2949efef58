"""`Query.auditAccess`: who saw a customer's values.

The audit service reads the page, by a key that is made here: the names of customers in the log are
made with a key that it has not.
"""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

import json
from typing import Annotated, Any

import strawberry
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.paging import PageRequest
from c360_kernel.subgraph.period import refuse_empty_period
from c360_kernel.subgraph.scalars import DateTime

from c360_gateway.access.answering import Answering
from c360_gateway.access.meaning import names_of_customer, refuse_mistyped_coordinate
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.audited_rule import TAG

fed = strawberry.federation
Customer = Annotated[
    strawberry.ID,
    fed.argument(description="Whose: an id that is or was a customer's.", tags=[TAG]),
]
Coordinate = Annotated[
    str | None,
    fed.argument(
        description="Only what used this coordinate, such as `Profile.phone`, or anything with "
        "this tag: `tag:phone`.",
        tags=[TAG],
    ),
]
First = Annotated[
    int | None, fed.argument(description="So many, at most 200; 20 if left out.", tags=[TAG])
]
After = Annotated[
    str | None, fed.argument(description="A cursor: only what comes after it.", tags=[TAG])
]
From = Annotated[
    DateTime | None,
    fed.argument(description="Only what was done then or later.", name="from", tags=[TAG]),
]
To = Annotated[
    DateTime | None, fed.argument(description="Only what was done before this time.", tags=[TAG])
]


@fed.type(tags=[TAG], keys=["asked"], description="A page of looks at a customer, newest first.")
class AuditAccessConnection:
    """GraphQL type, which the audit service reads."""

    asked: str = fed.field(
        inaccessible=True, description="What was asked, as JSON: for the subgraphs alone."
    )
    asked_at: DateTime | None = strawberry.field(description="When it was asked.")


def audit_access_query(answering: Answering) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class AuditAccessQuery:
        @fed.field(
            tags=[TAG],
            description="Who saw a customer's values: each look with what was shown, by which "
            "rules, and its proof, newest first.",
        )
        async def audit_access(
            self,
            info: strawberry.Info[Any, Any],
            customer: Customer,
            coordinate: Coordinate = None,
            since: From = None,
            to: To = None,
            first: First = None,
            after: After = None,
        ) -> AuditAccessConnection | None:
            size = PageRequest.of(first, after, None, None).size
            refuse_empty_period(since, to)
            operation: OperationContext = info.context.operation
            await refuse_mistyped_coordinate(answering, coordinate, operation)
            question = {
                "subjects": await names_of_customer(answering, customer, operation),
                "coordinate": coordinate,
                "from": since,
                "to": to,
                "first": size,
                "after": after,
            }
            return AuditAccessConnection(
                asked=json.dumps(question), asked_at=DateTime(wall_clock_ms())
            )

    return AuditAccessQuery
