"""The answers about items, as the schema shows them."""

# No postponed annotations: Strawberry reads them.

from collections.abc import Sequence

import strawberry

from c360_gateway.collect.items import ItemResult as Result
from c360_gateway.collect.items import ItemStatus as Status
from c360_gateway.doors.graphql.enums import ItemStatus, Stage


@strawberry.type(description="What of an item that was taken has no effect, or is not told.")
class ItemWarning:
    """GraphQL type."""

    code: str | None = strawberry.field(
        description="IDENTIFIER_MALFORMED, IDENTIFIER_BLOCKED; LOOKUP_DENIED or LOOKUP_LIMITED of"
        " `customerId`."
    )
    path: str | None = strawberry.field(description="Where in the item, or `customerId`.")
    type: str | None = strawberry.field(description="The identifier type that it is about.")


@strawberry.type(description="The answer about one item.")
class ItemResult:
    """GraphQL type."""

    index: int = strawberry.field(description="The item's place in the call, from 0.")
    status: ItemStatus = strawberry.field(description="What became of it.")
    stage: Stage | None = strawberry.field(
        description="How far it came until now; null for what was refused."
    )
    code: str | None = strawberry.field(
        description="Why it was refused, for programs; or why a SAME that was taken joined nobody:"
        " SAME_OVER_LIMIT, SAME_KEPT_APART, SAME_OVERRULED, SAME_RECORD_UNKNOWN."
    )
    path: str | None = strawberry.field(description="Where in the item, as `traits.phone`.")
    message: str | None = strawberry.field(
        description="Why it was refused, or joined nobody, for people."
    )
    retryable: bool | None = strawberry.field(
        description="Whether the very same item may be taken later; null unless it was refused."
    )
    warnings: list[ItemWarning] | None = strawberry.field(
        description="Its identifiers that identify nobody and so join nobody; and why `customerId`"
        " is null, where your rights or your limit of look-ups say so."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        description="Whose record it is, once identity has handled the item: for who may look up"
        " by every identifier type that it carries, or by the record's key where it carries none."
        " Asking for it counts as a look-up."
    )
    together: bool | None = strawberry.field(
        description="Of a SAME whether the two records are one customer, once identity has handled"
        " it: a decision is kept, and may have an effect later, where a limit or another steward"
        " stands above it. Null of everything else."
    )


@strawberry.type(description="The answers about the items of one call.")
class WriteResult:
    """GraphQL type."""

    results: list[ItemResult] = strawberry.field(description="One for each item, in their order.")
    accepted: int = strawberry.field(
        description="How many items were taken, duplicates among them."
    )
    refused: int = strawberry.field(description="How many items were refused.")
    not_kept: int = strawberry.field(
        description="Of how many refused items nothing is kept in quarantine: its quota is used up,"
        " or that of new identifiers (JOIN_LIMITED)."
    )


def answered(results: Sequence[Result]) -> WriteResult:
    """The answer of a mutation."""
    refused = sum(one.status is Status.REFUSED for one in results)
    accepted = len(results) - refused
    return WriteResult(
        results=[_item(one) for one in results],
        accepted=accepted,
        refused=refused,
        not_kept=sum(not one.is_kept for one in results),
    )


def _item(result: Result) -> ItemResult:
    refusal, why = result.refusal, result.refusal or result.hindrance
    return ItemResult(
        index=result.index,
        status=ItemStatus[result.status.name],
        stage=result.stage and Stage[result.stage.name],
        code=why and why.code,
        path=why and why.path,
        message=why and why.message,
        retryable=refusal and refusal.retryable,
        customer_id=None if result.customer_id is None else strawberry.ID(result.customer_id),
        together=result.together,
        warnings=[ItemWarning(code=w.code, path=w.path, type=w.type) for w in result.warnings],
    )
