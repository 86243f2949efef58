"""`Customer.computed`: why computed traits are what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, cast

import strawberry
from c360_kernel.catalog.computed_traits import ComputedTrait
from c360_kernel.catalog.names import pascal
from c360_kernel.conditions.tree import NOBODY
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.paging import After, FirstEdges, PageRequest
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import PROFILE, TIMELINE

from c360_profile.domain.computed.reasons import Reason, reasons
from c360_profile.domain.computed.sights import by_keys, read_by
from c360_profile.domain.customer import Customer
from c360_profile.domain.event import Event
from c360_profile.graph.context import Info
from c360_profile.graph.quintiles import Quintile, quintile_of
from c360_profile.graph.timeline import TimelineConnection, chosen, page_of

COMPUTED = (
    "Why each computed trait that the customer has, and that you see, is what it is: from which"
    " events, of which time, and when it changes by itself. Also each quintile that nobody has,"
    " since no model says where it begins."
)


@strawberry.enum(description="What a computed trait makes of events.")
class ComputedKind(Enum):
    """GraphQL enum."""

    COUNT = strawberry.enum_value("count", description="How many there were.")
    SUM = strawberry.enum_value("sum", description="The sum of a property.")
    AVERAGE = strawberry.enum_value("average", description="The mean of a property.")
    MIN = strawberry.enum_value("min", description="The least value of a property.")
    MAX = strawberry.enum_value("max", description="The greatest value of a property.")
    FIRST = strawberry.enum_value("first", description="What the first event says, or its time.")
    LAST = strawberry.enum_value("last", description="What the last event says, or its time.")
    MOST_FREQUENT = strawberry.enum_value(
        "most_frequent", description="The value seen most often, twice at least."
    )
    UNIQUE_LIST = strawberry.enum_value("unique_list", description="Every value once.")
    UNIQUE_COUNT = strawberry.enum_value(
        "unique_count", description="How many different values there were."
    )
    QUINTILE = strawberry.enum_value(
        "quintile", description="Where its purchases stand among those of all, 1 to 5, the best."
    )


@strawberry.type(description="Why a computed trait is what it is; never the value itself.")
class ComputedValue:
    """GraphQL type."""

    reason: strawberry.Private[object]
    happened: strawberry.Private[object]
    customer: strawberry.Private[str]
    trait: str = strawberry.field(description="The trait's name, a field of `Profile`.")
    kind: ComputedKind = strawberry.field(description="What it makes of the events.")
    since: DateTime | None = strawberry.field(
        name="from", description="Where its window begins; null if it has no such bound."
    )
    until: DateTime | None = strawberry.field(
        name="to", description="Before when its window ends; null if it has no such bound."
    )
    changes_at: DateTime | None = strawberry.field(
        description="When it changes, or may, though nothing happens; null if it never does, or you"
        " see it masked or no timeline."
    )
    quintile: Quintile | None = strawberry.field(
        description="By what a quintile is told; null of any other kind."
    )

    @strawberry.field(
        description="The events that count, newest first, as in `timeline`: of those properties"
        " that it looks at and you may read without a mask. Null where you see the trait masked, or"
        " no timeline."
    )
    async def events(
        self, info: Info, first: FirstEdges = None, after: After = None
    ) -> TimelineConnection | None:
        """GraphQL field."""
        reason: Any = self.reason
        if not _is_explained(info, self.trait):
            return None
        sights, happened = info.context.rules.computed.sights, cast(Any, self.happened)
        having = reason.having and by_keys(sights, reason.having, happened)
        if not _are_objects_read(info, reason.computing.trait):
            having = NOBODY
        window = chosen(info, list(reason.computing.trait.events), having)
        span = window._replace(since=reason.span.since, until=reason.span.until)
        request = PageRequest.of(first, after, None, None)
        return await page_of(self.customer, info, request, info.context.timeline_cursors, span)


async def computed(root: Any, info: Info, first: First = None) -> list[ComputedValue] | None:  # noqa: ANN401
    """The resolver of `Customer.computed`."""
    context = info.context
    customer = await context.customers.load(root.id)
    if customer is None or customer.ended:
        return None
    keys = [one.key for one in await context.own_records.load(root.id)]
    happened = await context.happened.load_many(keys)
    events = [event for of_record in happened for event in of_record]
    found = reasons(context.rules.computed, events, await context.reader.present())
    return list(listed(list(_told(info, customer, found, events)), first))


def _told(
    info: Info, customer: Customer, found: Iterator[Reason], events: Sequence[Event]
) -> Iterator[ComputedValue]:
    seen = info.context.caller.visibility.seen
    version, is_of_all = info.context.rules.quintiles.version, _is_told_of_all(info)
    for one in found:
        name = one.computing.trait.name
        is_explained = _is_explained(info, name)
        is_missing = one.computing.trait.of is not None and one.ranking is None
        if (is_missing or name in customer.traits) and f"{PROFILE}.{name}" in seen:
            yield ComputedValue(
                reason=one,
                happened=events,
                customer=customer.id,
                trait=name,
                kind=ComputedKind(one.computing.trait.kind),
                since=_instant(one.span.since),
                until=_instant(one.span.until),
                changes_at=_instant(one.changes_at) if is_explained else None,
                quintile=quintile_of(one, version, are_points_told=is_explained and is_of_all),
            )


def _is_told_of_all(info: Info) -> bool:
    """Whether numbers of all customers may be told, each of which is that of some buyer."""
    caller = info.context.caller
    return not caller.predicate and not caller.smallest_group


def _is_explained(info: Info, trait: str) -> bool:
    """Whether events may tell of the trait: to whom it is shown as it is, and the timeline."""
    visibility = info.context.caller.visibility
    return f"{PROFILE}.{trait}" in visibility.used and TIMELINE in visibility.seen


def _are_objects_read(info: Info, trait: ComputedTrait) -> bool:
    """Whether the caller may read, without a mask, what the trait reads of objects."""
    used, events = info.context.caller.visibility.used, info.context.types.catalog.events
    referred = (
        events[event].referred.get(name) for event in trait.events for name in read_by(trait)
    )
    return all(
        f"{pascal(one.by.refers)}.{one.seen.name}" in used for one in referred if one is not None
    )


def _instant(at: int | None) -> DateTime | None:
    return None if at is None else DateTime(at)
