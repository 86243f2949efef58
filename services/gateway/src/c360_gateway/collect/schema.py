"""The gateway's own part of the graph: mutations that take items and answer about each.

Its subscriptions are given to it; see `c360_gateway.watch`.
"""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Annotated, Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.scalars import SCALARS
from c360_kernel.subgraph.subgraph import Subgraph
from graphql import GraphQLResolveInfo
from strawberry.federation.schema import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from c360_gateway.collect.collector import MAX_ITEMS, Collector
from c360_gateway.collect.dead_letters import DeadLetters
from c360_gateway.collect.dead_letters_graph import dead_letters_query
from c360_gateway.collect.found_customers import FoundCustomers
from c360_gateway.collect.items import ItemResult as Result
from c360_gateway.collect.items import ItemStatus, Stage
from c360_gateway.collect.kinds import Kind, consent_kind, event_kind, record_kind
from c360_gateway.collect.quarantine_graph import quarantine_query
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.collect.resending import MAX_RESENT, Resender
from c360_gateway.collect.selected import is_selected
from c360_gateway.collect.shown_inputs import shown_inputs, shown_scalars
from c360_gateway.collect.taken_inputs import Inputs, taken_inputs, taken_scalars
from c360_gateway.collect.times import DEFAULT_SKEW_MS
from c360_gateway.collect.waiting import Patience
from c360_gateway.context import OperationContext

SUBGRAPH = "gateway"
_CUSTOMER_ID = ("results", "customerId")
Answer = Callable[[strawberry.Info[Any, Any], Sequence[Result]], Awaitable["WriteResult"]]
DEFAULT_TIMEOUT_MS = 5_000
LONGEST_TIMEOUT_MS = 25_000


@strawberry.enum(description="Until when a mutation waits before it answers.")
class Wait(Enum):
    """GraphQL enum."""

    NONE = strawberry.enum_value("log", description="The items are in the log.")
    IDENTITY = strawberry.enum_value(
        "identity", description="Identity has handled the items and told everybody."
    )
    PROFILE = strawberry.enum_value(
        "profile", description="Profile has handled the items and what identity made of them."
    )


WaitArgument = Annotated[
    Wait, strawberry.argument(description="Until when to wait before the answer.")
]
TimeoutArgument = Annotated[
    int,
    strawberry.argument(
        description=f"The longest wait in milliseconds, at most {LONGEST_TIMEOUT_MS}; what is not"
        " reached by then is told by the `stage` of each result."
    ),
]
ResentArgument = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The `id` of each `QuarantinedItem` to send again."),
]
LettersArgument = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The `id` of each `DeadLetter` to append again."),
]


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
    code: str | None = strawberry.field(description="Why it was refused, for programs.")
    path: str | None = strawberry.field(description="Where in the item, as `traits.phone`.")
    message: str | None = strawberry.field(description="Why it was refused, for people.")
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


@dataclass(frozen=True, slots=True)
class CollectingCaller(CallerContext):
    """The caller as the mutations need it: with the sources that the token may write."""

    operation: OperationContext | None = None


def collecting_caller(context: OperationContext) -> CollectingCaller:
    """What the transport hands to this subgraph."""
    caller = context.caller
    return CollectingCaller(
        caller.principal, caller.roles, caller.purpose, operation=context, trace_id=caller.trace_id
    )


def collect_subgraph(
    catalog: Catalog,
    collector: Collector,
    items: RefusedItems,
    letters: DeadLetters,
    customers: FoundCustomers,
    subscription: type,
    skew_ms: int = DEFAULT_SKEW_MS,
) -> Subgraph:
    """The subgraph `gateway`, run in the gateway's own process.

    It shows typed inputs, and takes what is sent as it comes: each item is judged alone.
    """
    kinds = (record_kind(catalog, skew_ms), event_kind(catalog, skew_ms), consent_kind(catalog))
    query = merge_types("Query", (quarantine_query(items), dead_letters_query(letters)))
    resender = Resender(items, collector, kinds)
    answer = partial(_answer, customers)

    def schema(inputs: Inputs) -> Schema:
        return Schema(
            query=query,
            mutation=_mutation(collector, resender, letters, kinds, inputs, answer),
            subscription=subscription,
            types=inputs.others,
            config=StrawberryConfig(scalar_map=SCALARS | taken_scalars() | shown_scalars()),
        )

    shown = schema(shown_inputs(catalog)).as_str()
    taken = schema(taken_inputs())
    return Subgraph(SUBGRAPH, taken, lambda caller: caller, _always_ready, shown)


async def _always_ready() -> bool:
    return True


def _mutation(
    collector: Collector,
    resender: Resender,
    letters: DeadLetters,
    kinds: tuple[Kind, Kind, Kind],
    inputs: Inputs,
    answer: Answer,
) -> type:
    records, events, consents = kinds
    fields = {
        "upsert_records": _taking(
            collector,
            answer,
            records,
            ("records", inputs.record),
            f"Take at most {MAX_ITEMS} records: the whole state of each, or a patch of it.",
        ),
        "track_events": _taking(
            collector, answer, events, ("events", inputs.event), f"Take at most {MAX_ITEMS} events."
        ),
        "record_consent": _taking(
            collector,
            answer,
            consents,
            ("consents", inputs.consent),
            f"Take at most {MAX_ITEMS} consents.",
        ),
        "resend_quarantined": _resending(resender, answer),
        "resend_dead_letters": _resending_letters(letters),
    }
    made = type("Mutation", (), {"__module__": __name__, **fields})
    described = "What is written: each item of a call is judged alone and answered for."
    return strawberry.type(made, description=described)


def _taking(
    collector: Collector, answer: Answer, kind: Kind, argument: tuple[str, type], description: str
) -> Any:  # noqa: ANN401 - Strawberry's field
    async def take(
        info: strawberry.Info[Any, Any],
        items: Sequence[object],
        wait: WaitArgument = Wait.NONE,
        timeout_ms: TimeoutArgument = DEFAULT_TIMEOUT_MS,
    ) -> WriteResult | None:
        patience = Patience(Stage(wait.value), _seconds(timeout_ms))
        results = await collector.collect(kind, items, info.context.operation, patience)
        return await answer(info, results)

    name, item = argument
    told = f"The items, at most {MAX_ITEMS}: a wrong one is refused alone."
    taken = strawberry.argument(name=name, description=told)
    items_type: Any = list[item]
    take.__annotations__["items"] = Annotated[items_type, taken]
    return strawberry.mutation(resolver=take, description=description)


def _resending(resender: Resender, answer: Answer) -> Any:  # noqa: ANN401 - Strawberry's field
    async def resend(
        info: strawberry.Info[Any, Any],
        ids: ResentArgument,
        wait: WaitArgument = Wait.NONE,
        timeout_ms: TimeoutArgument = DEFAULT_TIMEOUT_MS,
    ) -> WriteResult | None:
        patience = Patience(Stage(wait.value), _seconds(timeout_ms))
        return await answer(info, await resender.resend(ids, info.context.operation, patience))

    described = (
        f"Send at most {MAX_RESENT} refused items again, as yourself; their refusals stay on"
        " record."
    )
    return strawberry.mutation(resolver=resend, description=described)


def _resending_letters(letters: DeadLetters) -> Any:  # noqa: ANN401 - Strawberry's field
    async def resend(info: strawberry.Info[Any, Any], ids: LettersArgument) -> WriteResult | None:
        return _told(await letters.resend(ids, info.context.operation.principal))

    described = (
        f"Append at most {MAX_RESENT} entries that a service could not take once more; who has"
        " taken one already takes nothing new from it."
    )
    return strawberry.mutation(resolver=resend, description=described)


def _seconds(timeout_ms: int) -> float:
    return min(max(timeout_ms, 0), LONGEST_TIMEOUT_MS) / 1000


async def _answer(
    customers: FoundCustomers, info: strawberry.Info[Any, Any], results: Sequence[Result]
) -> WriteResult:
    """Customers are looked up for who asks for them alone: each counts as a look-up."""
    asked: GraphQLResolveInfo[Any] = info._raw_info  # pyright: ignore[reportPrivateUsage]
    if is_selected(asked.field_nodes, asked.fragments, _CUSTOMER_ID):
        results = await customers.told(results, info.context.operation)
    return _told(results)


def _told(results: Sequence[Result]) -> WriteResult:
    refused = sum(one.status is ItemStatus.REFUSED for one in results)
    accepted = len(results) - refused
    return WriteResult(
        results=[_item(one) for one in results],
        accepted=accepted,
        refused=refused,
        not_kept=sum(not one.is_kept for one in results),
    )


def _item(result: Result) -> ItemResult:
    refusal = result.refusal
    return ItemResult(
        index=result.index,
        status=result.status,
        stage=result.stage,
        code=refusal and refusal.code,
        path=refusal and refusal.path,
        message=refusal and refusal.message,
        retryable=refusal and refusal.retryable,
        customer_id=None if result.customer_id is None else strawberry.ID(result.customer_id),
        warnings=[ItemWarning(code=w.code, path=w.path, type=w.type) for w in result.warnings],
    )
