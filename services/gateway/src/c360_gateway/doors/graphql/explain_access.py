"""`Query.explainAccess`: why something is shown to you as it is, or hidden."""

# No postponed annotations: Strawberry reads the types of the resolver that is made here.

from typing import Annotated, Any

import strawberry

from c360_gateway.access.answering import Answering
from c360_gateway.access.explaining import Explained, explained
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.access_to import SHOWN
from c360_gateway.transport.consent_states import Owner

Coordinate = Annotated[
    str, strawberry.argument(description="A coordinate, such as `Profile.phone`.")
]
Whose = Annotated[
    strawberry.ID | None, strawberry.argument(description="The customer that you asked about.")
]


@strawberry.type(description="A rule that decided.")
class DecidingRule:
    """GraphQL type."""

    id: str = strawberry.field(description="The rule's id.")
    text: str | None = strawberry.field(description="The rule as it is written.")


@strawberry.type(description="Why a coordinate is shown to you as it is.")
class AccessExplanation:
    """GraphQL type."""

    shown: str = strawberry.field(description="`clear`, `masked` or `nothing`.")
    mask: str | None = strawberry.field(description="The mask, where it is masked.")
    rules: list[DecidingRule] = strawberry.field(
        description="The rules that decide; none where nothing grants it."
    )
    missing_tags: list[str] = strawberry.field(
        description="Classifications of the coordinate that no rule grants you."
    )
    row_rules: list[str] = strawberry.field(
        description="Of which customers you are told: `everybody`, `none`, or a condition as JSON; "
        "any of them is enough, and none at all is everybody."
    )
    needs_consent: bool = strawberry.field(
        description="Whether it is shown of customers alone who consent to your purpose."
    )
    customer_consents: bool | None = strawberry.field(
        description="Whether this customer does; null where none is needed, or none is named."
    )
    roles: list[str] = strawberry.field(description="Your roles.")
    purpose: str = strawberry.field(description="What for you ask; empty: for no purpose.")
    policy_version: str = strawberry.field(description="The policy that decides.")
    customer_visible: bool | None = strawberry.field(
        description="Whether this customer is there for you; one that is hidden from you and one "
        "that does not exist look alike. Null where you named none."
    )


def explain_access_query(answering: Answering) -> type:
    """A part of the query type of the gateway's own subgraph."""

    @strawberry.type
    class ExplainAccessQuery:
        @strawberry.field(
            description="Why a coordinate is shown to you as it is, or hidden from you."
        )
        async def explain_access(
            self,
            info: strawberry.Info[Any, Any],
            coordinate: Coordinate,
            customer: Whose = None,
        ) -> AccessExplanation | None:
            operation: OperationContext = info.context.operation
            explanation = explained(operation.graph_tables, coordinate, operation)
            version = explanation.policy_version
            return AccessExplanation(
                shown=SHOWN[explanation.access.action],
                mask=None if explanation.access.mask is None else str(explanation.access.mask),
                rules=[
                    DecidingRule(id=rule, text=await answering.versions.rule(version, rule))
                    for rule in explanation.access.rule_ids
                ],
                missing_tags=list(explanation.missing),
                row_rules=list(explanation.row_rules),
                needs_consent=explanation.needs_consent,
                customer_consents=await _consents(answering, operation, explanation, customer),
                roles=list(explanation.roles),
                purpose=explanation.purpose,
                policy_version=version,
                customer_visible=await _is_visible(answering, operation, customer),
            )

    return ExplainAccessQuery


async def _consents(
    answering: Answering, operation: OperationContext, explanation: Explained, customer: str | None
) -> bool | None:
    if customer is None or not explanation.needs_consent:
        return None
    owner = Owner(customer)
    return owner in await answering.consents.granted([owner], operation)


async def _is_visible(
    answering: Answering, operation: OperationContext, customer: str | None
) -> bool | None:
    if customer is None:
        return None
    operation.subjects.add(customer)
    return bool(await answering.customers.present(customer, operation))
