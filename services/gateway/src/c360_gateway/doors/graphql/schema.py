"""The gateway's own part of the graph: mutations that take items and answer about each.

Its subscriptions are given to it; see `c360_gateway.watch`.
"""

# No postponed annotations: Strawberry reads the types of the resolvers that are made here.

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Annotated, Any

import strawberry
from c360_kernel.catalog.model import Catalog
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorSealer
from c360_kernel.subgraph.scalars import SCALARS
from c360_kernel.subgraph.schema import CATALOGS_KEPT, OVERRIDES, FederationSchema
from c360_kernel.subgraph.subgraph import Subgraph
from c360_policy.control_tags import SEGMENT_DEFINITION
from graphql import GraphQLResolveInfo
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from c360_gateway.access.answering import Answering
from c360_gateway.changing.changes import PolicyChanges
from c360_gateway.changing.trials import PolicyTrials
from c360_gateway.collect.accounts import account_kind, link_kind
from c360_gateway.collect.collector import MAX_ITEMS, Collector
from c360_gateway.collect.corrections import correction_kind
from c360_gateway.collect.dead_letters import DeadLetters
from c360_gateway.collect.decisions import decision_kind
from c360_gateway.collect.deletions import deletion_kind
from c360_gateway.collect.found_customers import FoundCustomers
from c360_gateway.collect.items import ItemResult as Result
from c360_gateway.collect.items import Stage
from c360_gateway.collect.keyed import KeyedCollector
from c360_gateway.collect.kinds import Kind, consent_kind, event_kind, record_kind
from c360_gateway.collect.listing import listing_kind
from c360_gateway.collect.objects import object_kind
from c360_gateway.collect.once import LONGEST_KEY, MOST_ITEMS, WINDOW_S, AnsweredCalls
from c360_gateway.collect.refused_items import RefusedItems
from c360_gateway.collect.resending import MAX_RESENT, Resender
from c360_gateway.collect.same_outcomes import SameOutcomes, with_outcomes
from c360_gateway.collect.segment_saving import SegmentSaving
from c360_gateway.collect.tagging import tag_kind
from c360_gateway.collect.times import DEFAULT_SKEW_MS
from c360_gateway.collect.waiting import WaitOptions
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.access_to import access_to_query
from c360_gateway.doors.graphql.audit_access import audit_access_query
from c360_gateway.doors.graphql.audited_operations import audited_operations_query
from c360_gateway.doors.graphql.audited_rule import audited_rule
from c360_gateway.doors.graphql.catalog import catalog_query
from c360_gateway.doors.graphql.changes import changes_query
from c360_gateway.doors.graphql.control import Control, control_fields
from c360_gateway.doors.graphql.dead_letters import dead_letters_query
from c360_gateway.doors.graphql.enums import Wait
from c360_gateway.doors.graphql.explain_access import explain_access_query
from c360_gateway.doors.graphql.me import me_query
from c360_gateway.doors.graphql.policy import policy_parts
from c360_gateway.doors.graphql.quarantine import quarantine_query
from c360_gateway.doors.graphql.results import WriteResult, answered
from c360_gateway.doors.graphql.segments import segment_fields
from c360_gateway.doors.graphql.selected import is_selected
from c360_gateway.doors.graphql.shown_inputs import shown_inputs, shown_scalars
from c360_gateway.doors.graphql.taken_inputs import Inputs, taken_inputs, taken_scalars
from c360_gateway.feed.changes import ChangeFeed

SUBGRAPH = "gateway"
DECISION_TAG = "identity_decision"
"""On what grants no more than `Mutation.*`, nobody decides who is one customer."""
CORRECTION_TAG = "correction"
"""Nor does anybody correct what sources say."""
CUSTOMER_TAG = "customer_tag"
"""Nor tag anybody."""
_CUSTOMER_ID = ("results", "customerId")
Answer = Callable[[strawberry.Info[Any, Any], Sequence[Result]], Awaitable[WriteResult]]
DEFAULT_TIMEOUT_MS = 5_000
LONGEST_TIMEOUT_MS = 25_000


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
KeyArgument = Annotated[
    str | None,
    strawberry.argument(
        description=f"Names this call among yours, at most {LONGEST_KEY} characters: sent again"
        " under the same key with the same items, it is answered as it was and takes nothing. Known"
        f" for {WINDOW_S // 3_600} hour, by one gateway, of its last {MOST_ITEMS:,} items of"
        " such calls."
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
    calls: AnsweredCalls,
    items: RefusedItems,
    letters: DeadLetters,
    customers: FoundCustomers,
    outcomes: SameOutcomes,
    subscription: type,
    sealer: CursorSealer,
    answering: Answering,
    control: Control,
    changes: PolicyChanges,
    trials: PolicyTrials,
    saving: SegmentSaving,
    feed: ChangeFeed,
    skew_ms: int = DEFAULT_SKEW_MS,
) -> Subgraph:
    """The subgraph `gateway`, run in the gateway's own process.

    It shows typed inputs, and takes what is sent as it comes: each item is judged alone.
    """
    records = record_kind(catalog, skew_ms)
    kinds = (
        records,
        deletion_kind(records),
        event_kind(catalog, skew_ms),
        consent_kind(catalog),
        decision_kind(catalog),
        correction_kind(catalog),
        account_kind(catalog, skew_ms),
        link_kind(catalog, skew_ms),
        object_kind(catalog, skew_ms),
        tag_kind(catalog),
        listing_kind(catalog),
    )
    rule = audited_rule(answering)
    policy_query, policy_mutations = policy_parts(changes, trials)
    parts = (
        policy_query,
        quarantine_query(items),
        dead_letters_query(letters),
        me_query(sealer),
        catalog_query(catalog),
        audited_operations_query(answering),
        audit_access_query(answering),
        access_to_query(answering, rule),
        explain_access_query(answering),
        changes_query(feed),
    )
    query = merge_types("Query", parts)
    resender = Resender(items, collector, kinds)
    answer = partial(_answer, customers, outcomes)
    taking = KeyedCollector(collector, calls)
    others = {**control_fields(control), **policy_mutations, **segment_fields(saving)}
    # Without objects or tags in the catalog there is nothing to say of them.
    said = {"upsertObjects": catalog.objects, "tagCustomers": catalog.tags}
    shown = {kind.operation: kind for kind in kinds if said.get(kind.operation, True)}

    def schema(inputs: Inputs) -> FederationSchema:
        return FederationSchema(
            query=query,
            mutation=_mutation(taking, resender, letters, shown, inputs, answer, others),
            subscription=subscription,
            types=(*inputs.others, rule),
            config=StrawberryConfig(scalar_map=SCALARS | taken_scalars() | shown_scalars()),
            scalar_overrides=OVERRIDES,
        )

    sdl = shown_sdl(Shown(catalog, schema))
    taken = schema(taken_inputs())
    return Subgraph(SUBGRAPH, taken, lambda caller: caller, _always_ready, sdl)


@dataclass(frozen=True, slots=True)
class Shown:
    """What clients are shown: whoever answers, the catalog alone decides what it says."""

    catalog: Catalog
    schema: Callable[[Inputs], FederationSchema] = field(compare=False)


@lru_cache(CATALOGS_KEPT)
def shown_sdl(shown: Shown) -> str:
    """The inputs that a catalog gives, and all else as it is taken."""
    return shown.schema(shown_inputs(shown.catalog)).as_str()


async def _always_ready() -> bool:
    return True


def _mutation(
    collector: KeyedCollector,
    resender: Resender,
    letters: DeadLetters,
    kinds: Mapping[str, Kind],
    inputs: Inputs,
    answer: Answer,
    others: Mapping[str, Any],
) -> type:
    fields = {
        "upsert_records": _taking(
            collector,
            answer,
            kinds["upsertRecords"],
            ("records", inputs.record),
            f"Take at most {MAX_ITEMS} records: the whole state of each, or a patch of it.",
        ),
        "delete_records": _taking(
            collector,
            answer,
            kinds["deleteRecords"],
            ("records", inputs.deletion),
            f"Say that sources have deleted records: at most {MAX_ITEMS}. A later state brings one"
            " back.",
        ),
        "track_events": _taking(
            collector,
            answer,
            kinds["trackEvents"],
            ("events", inputs.event),
            f"Take at most {MAX_ITEMS} events.",
        ),
        "record_consent": _taking(
            collector,
            answer,
            kinds["recordConsent"],
            ("consents", inputs.consent),
            f"Take at most {MAX_ITEMS} consents.",
        ),
        "decide_identity": _taking(
            collector,
            answer,
            kinds["decideIdentity"],
            ("items", inputs.decision),
            f"Say of two records that they are of one customer, or are not: at most {MAX_ITEMS}"
            " decisions. The latest one on two records that is not taken back holds, against all"
            " other evidence.",
            (DECISION_TAG,),
        ),
        "correct_traits": _taking(
            collector,
            answer,
            kinds["correctTraits"],
            ("items", inputs.correction),
            f"Say what holds of a customer in place of what its records say: at most {MAX_ITEMS}"
            " corrections, each beside the record that it corrects. A null takes one back.",
            (CORRECTION_TAG,),
        ),
        "upsert_accounts": _taking(
            collector,
            answer,
            kinds["upsertAccounts"],
            ("accounts", inputs.account),
            f"Take at most {MAX_ITEMS} records of accounts: the whole state of each.",
        ),
        "link_accounts": _taking(
            collector,
            answer,
            kinds["linkAccounts"],
            ("links", inputs.link),
            f"Say of at most {MAX_ITEMS} persons what they have to do with an account.",
        ),
        "list_customers": _taking(
            collector,
            answer,
            kinds["listCustomers"],
            ("items", inputs.listing),
            f"Put customers on lists, or take them off: at most {MAX_ITEMS} items, each by one"
            " record of the customer. A list is a segment whose condition is its own list. Who is"
            " taken off is off it by all records, whoever put it there.",
            (SEGMENT_DEFINITION,),
        ),
        **_of_objects(collector, answer, inputs, kinds.get("upsertObjects")),
        **_tagging(collector, answer, inputs, kinds.get("tagCustomers")),
        "resend_quarantined": _resending(resender, answer),
        "resend_dead_letters": _resending_letters(letters),
        **others,
    }
    made = type("Mutation", (), {"__module__": __name__, **fields})
    described = (
        "What is written: each item of a call is judged alone and answered for. And what is done to"
        " access itself."
    )
    return strawberry.type(made, description=described)


def _of_objects(
    collector: KeyedCollector, answer: Answer, inputs: Inputs, kind: Kind | None
) -> Mapping[str, Any]:
    described = f"Take at most {MAX_ITEMS} objects that events refer to: the whole state of each."
    if kind is None:
        return {}
    argument = ("objects", inputs.object)
    return {"upsert_objects": _taking(collector, answer, kind, argument, described)}


def _tagging(
    collector: KeyedCollector, answer: Answer, inputs: Inputs, kind: Kind | None
) -> Mapping[str, Any]:
    described = (
        f"Put tags on customers, or take them off: at most {MAX_ITEMS} items, each by one record"
        " of the customer. What you say replaces what you said of that record before; a tag that is"
        " taken off is off all records of the customer, whoever put it there."
    )
    if kind is None:
        return {}
    argument = ("items", inputs.tagging)
    taking = _taking(collector, answer, kind, argument, described, (CUSTOMER_TAG,))
    return {"tag_customers": taking}


def _taking(
    collector: KeyedCollector,
    answer: Answer,
    kind: Kind,
    argument: tuple[str, type],
    description: str,
    tags: Sequence[str] = (),
) -> Any:  # noqa: ANN401 - Strawberry's field
    async def take(
        info: strawberry.Info[Any, Any],
        items: Sequence[object],
        wait: WaitArgument = Wait.NONE,
        timeout_ms: TimeoutArgument = DEFAULT_TIMEOUT_MS,
        idempotency_key: KeyArgument = None,
    ) -> WriteResult | None:
        options = WaitOptions(Stage(wait.value), _seconds(timeout_ms))
        operation = info.context.operation
        results = await collector.collect(kind, items, operation, options, idempotency_key)
        return await answer(info, results)

    name, item = argument
    description = f"The items, at most {MAX_ITEMS}: a wrong one is refused alone."
    taken = strawberry.argument(name=name, description=description)
    items_type: Any = list[item]
    take.__annotations__["items"] = Annotated[items_type, taken]
    return strawberry.federation.mutation(resolver=take, description=description, tags=tags)


def _resending(resender: Resender, answer: Answer) -> Any:  # noqa: ANN401 - Strawberry's field
    async def resend(
        info: strawberry.Info[Any, Any],
        ids: ResentArgument,
        wait: WaitArgument = Wait.NONE,
        timeout_ms: TimeoutArgument = DEFAULT_TIMEOUT_MS,
    ) -> WriteResult | None:
        options = WaitOptions(Stage(wait.value), _seconds(timeout_ms))
        return await answer(info, await resender.resend(ids, info.context.operation, options))

    described = (
        f"Send at most {MAX_RESENT} refused items again, as yourself; their refusals stay on"
        " record."
    )
    return strawberry.mutation(resolver=resend, description=described)


def _resending_letters(letters: DeadLetters) -> Any:  # noqa: ANN401 - Strawberry's field
    async def resend(info: strawberry.Info[Any, Any], ids: LettersArgument) -> WriteResult | None:
        return answered(await letters.resend(ids, info.context.operation.principal))

    described = (
        f"Append at most {MAX_RESENT} entries that a service could not take once more; who has"
        " taken one already takes nothing new from it."
    )
    return strawberry.mutation(resolver=resend, description=described)


def _seconds(timeout_ms: int) -> float:
    return min(max(timeout_ms, 0), LONGEST_TIMEOUT_MS) / 1000


async def _answer(
    customers: FoundCustomers,
    outcomes: SameOutcomes,
    info: strawberry.Info[Any, Any],
    results: Sequence[Result],
) -> WriteResult:
    """Customers are looked up for who asks for them alone: each counts as a look-up."""
    resolving: GraphQLResolveInfo[Any] = info._raw_info  # pyright: ignore[reportPrivateUsage]
    if is_selected(resolving.field_nodes, resolving.fragments, _CUSTOMER_ID):
        results = await customers.with_customers(results, info.context.operation)
    return answered(await with_outcomes(results, outcomes, info.context.operation))
