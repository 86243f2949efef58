"""The gateway's own part of the graph: mutations that take items and answer about each.

Its subscriptions are given to it; see `c360_gateway.watch`.
"""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.scalars import SCALARS
from c360_kernel.subgraph.subgraph import Subgraph
from strawberry.federation.schema import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from c360_gateway.collect import scalars
from c360_gateway.collect.collector import MAX_ITEMS, Collector
from c360_gateway.collect.dead_letters import DeadLetters
from c360_gateway.collect.dead_letters_graph import dead_letters_query
from c360_gateway.collect.items import ItemResult as Result
from c360_gateway.collect.items import ItemStatus, RawItem, Stage
from c360_gateway.collect.kinds import Kind, consent_kind, event_kind, record_kind
from c360_gateway.collect.quarantine_graph import quarantine_query
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.collect.resending import MAX_RESENT, Resender
from c360_gateway.collect.times import DEFAULT_SKEW_MS
from c360_gateway.collect.waiting import Patience
from c360_gateway.context import OperationContext

SUBGRAPH = "gateway"
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


strawberry.enum(
    ItemStatus,
    description="What became of an item. APPLIED changed something; DUPLICATE says what was said"
    " before; OUTDATED changes nothing, since a greater revision is there.",
)
strawberry.enum(Stage, description="Which part of the system has handled an item.")


@strawberry.input(description="What one source now says about one person: its whole state.")
class RecordInput:
    """GraphQL input."""

    source: scalars.SourceName | None = strawberry.UNSET
    key: scalars.RecordKeyText | None = strawberry.UNSET
    revision: scalars.Revision | None = strawberry.UNSET
    observed_at: scalars.Instant | None = strawberry.UNSET
    deleted: scalars.Flag | None = strawberry.UNSET
    identifiers: scalars.IdentifierValues | None = strawberry.UNSET
    traits: scalars.TraitValues | None = strawberry.UNSET


@strawberry.input(description="Something that happened to the person of a source record.")
class EventInput:
    """GraphQL input."""

    source: scalars.SourceName | None = strawberry.UNSET
    key: scalars.RecordKeyText | None = strawberry.UNSET
    message_id: scalars.MessageId | None = strawberry.UNSET
    name: scalars.EventName | None = strawberry.UNSET
    occurred_at: scalars.Instant | None = strawberry.UNSET
    identifiers: scalars.IdentifierValues | None = strawberry.UNSET
    properties: scalars.PropertyValues | None = strawberry.UNSET


@strawberry.input(description="A purpose that a person granted, denied or withdrew.")
class ConsentInput:
    """GraphQL input."""

    source: scalars.SourceName | None = strawberry.UNSET
    key: scalars.RecordKeyText | None = strawberry.UNSET
    purpose: scalars.PurposeName | None = strawberry.UNSET
    status: scalars.ConsentChoice | None = strawberry.UNSET
    at: scalars.Instant | None = strawberry.UNSET
    channel: scalars.ChannelName | None = strawberry.UNSET


@strawberry.type(description="What of an item that was taken has no effect.")
class ItemWarning:
    """GraphQL type."""

    code: str | None = strawberry.field(description="IDENTIFIER_MALFORMED or IDENTIFIER_BLOCKED.")
    path: str | None = strawberry.field(description="Where in the item.")
    type: str | None = strawberry.field(description="The identifier type that it is about.")


@strawberry.type(description="The answer about one item.")
class ItemResult:
    """GraphQL type."""

    index: int = strawberry.field(description="The item's place in the call, from 0.")
    status: ItemStatus
    stage: Stage | None = strawberry.field(description="Null for what was refused.")
    code: str | None = strawberry.field(description="Why it was refused, for programs.")
    path: str | None = strawberry.field(description="Where in the item.")
    message: str | None = strawberry.field(description="Why it was refused, for people.")
    warnings: list[ItemWarning] | None = strawberry.field(
        description="Its identifiers that identify nobody and so join nobody."
    )


@strawberry.type(description="The answers about the items of one call.")
class WriteResult:
    """GraphQL type."""

    results: list[ItemResult]
    accepted: int = strawberry.field(
        description="How many items were taken, duplicates among them."
    )
    refused: int = strawberry.field(description="How many items were refused.")
    not_kept: int = strawberry.field(
        description="Of how many refused items nothing is kept in quarantine: the quota is used up."
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
    subscription: type,
    skew_ms: int = DEFAULT_SKEW_MS,
) -> Subgraph:
    """The subgraph `gateway`, run in the gateway's own process."""
    kinds = (record_kind(catalog, skew_ms), event_kind(catalog, skew_ms), consent_kind(catalog))
    schema = Schema(
        query=merge_types("Query", (quarantine_query(items), dead_letters_query(letters))),
        mutation=_mutation(collector, Resender(items, collector, kinds), letters, *kinds),
        subscription=subscription,
        config=StrawberryConfig(scalar_map={**SCALARS, **scalars.lenient_scalars()}),
    )
    return Subgraph(SUBGRAPH, schema, lambda caller: caller, _always_ready)


async def _always_ready() -> bool:
    return True


def _mutation(
    collector: Collector,
    resender: Resender,
    letters: DeadLetters,
    records: Kind,
    events: Kind,
    consents: Kind,
) -> type:
    async def collect(
        info: strawberry.Info[Any, Any],
        kind: Kind,
        items: Sequence[object],
        wait: Wait,
        timeout_ms: int,
    ) -> WriteResult:
        context = info.context.operation
        patience = Patience(Stage(wait.value), _seconds(timeout_ms))
        raw = [_raw(item) for item in items]
        return _told(await collector.collect(kind, raw, context, patience))

    @strawberry.type
    class Mutation:
        @strawberry.mutation(
            description=f"Take at most {MAX_ITEMS} records, each with the whole state of one."
        )
        async def upsert_records(
            self,
            info: strawberry.Info[Any, Any],
            records: list[RecordInput],
            wait: Wait = Wait.NONE,
            timeout_ms: int = DEFAULT_TIMEOUT_MS,
        ) -> WriteResult | None:
            return await collect(info, record_items, records, wait, timeout_ms)

        @strawberry.mutation(description=f"Take at most {MAX_ITEMS} events.")
        async def track_events(
            self,
            info: strawberry.Info[Any, Any],
            events: list[EventInput],
            wait: Wait = Wait.NONE,
            timeout_ms: int = DEFAULT_TIMEOUT_MS,
        ) -> WriteResult | None:
            return await collect(info, event_items, events, wait, timeout_ms)

        @strawberry.mutation(description=f"Take at most {MAX_ITEMS} consents.")
        async def record_consent(
            self,
            info: strawberry.Info[Any, Any],
            consents: list[ConsentInput],
            wait: Wait = Wait.NONE,
            timeout_ms: int = DEFAULT_TIMEOUT_MS,
        ) -> WriteResult | None:
            return await collect(info, consent_items, consents, wait, timeout_ms)

        @strawberry.mutation(
            description=f"Send at most {MAX_RESENT} refused items again, as yourself; their"
            " refusals stay on record."
        )
        async def resend_quarantined(
            self,
            info: strawberry.Info[Any, Any],
            ids: list[strawberry.ID],
            wait: Wait = Wait.NONE,
            timeout_ms: int = DEFAULT_TIMEOUT_MS,
        ) -> WriteResult | None:
            patience = Patience(Stage(wait.value), _seconds(timeout_ms))
            return _told(await resender.resend(ids, info.context.operation, patience))

        @strawberry.mutation(
            description=f"Append at most {MAX_RESENT} entries that a service could not take once"
            " more; who has taken one already takes nothing new from it."
        )
        async def resend_dead_letters(
            self, info: strawberry.Info[Any, Any], ids: list[strawberry.ID]
        ) -> WriteResult | None:
            return _told(await letters.resend(ids, info.context.operation.principal))

    record_items, event_items, consent_items = records, events, consents
    return Mutation


def _seconds(timeout_ms: int) -> float:
    return min(max(timeout_ms, 0), LONGEST_TIMEOUT_MS) / 1000


_CAMEL = {"observed_at": "observedAt", "message_id": "messageId", "occurred_at": "occurredAt"}


def _raw(item: object) -> RawItem:
    return {
        _CAMEL.get(name, name): value
        for name, value in vars(item).items()
        if value is not strawberry.UNSET
    }


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
        warnings=[ItemWarning(code=w.code, path=w.path, type=w.type) for w in result.warnings],
    )
