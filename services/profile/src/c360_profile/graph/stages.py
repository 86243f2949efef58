"""`Customer.stages`: in which stage of each lifecycle a customer is, and why."""

from __future__ import annotations

from typing import Any

import strawberry
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import PROFILE, TIMELINE

from c360_profile.domain.computed.reasons import reasons
from c360_profile.domain.computed.stages import StageReason, stage_reasons
from c360_profile.graph.context import Info

STAGES = (
    "In which stage of each lifecycle that you see the customer is, by which rule, and when that"
    " changes by itself."
)


@strawberry.type(description="A rule of a lifecycle that was tried; the values are not told.")
class StageRule:
    """GraphQL type."""

    stage: str = strawberry.field(description="The stage that it puts a customer into.")
    holds: bool = strawberry.field(description="Whether it does so here: the last one, or none.")
    reads: list[str] = strawberry.field(description="The traits that it is on.")


@strawberry.type(description="The stage of one lifecycle that a customer is in, and why.")
class LifecycleStage:
    """GraphQL type."""

    lifecycle: str = strawberry.field(description="The lifecycle's name, a field of `Profile`.")
    stage: str | None = strawberry.field(
        description="The stage; null if no rule holds, or you see it masked."
    )
    tried: list[StageRule] | None = strawberry.field(
        description="The rules in the order in which they were tried, up to the one that holds."
        " Null where you see the stage, or a trait that was read, masked or not at all."
    )
    changes_at: DateTime | None = strawberry.field(
        description="When it changes, or may, though nothing happens; null if it never does, or you"
        " are not told of the rules or see no timeline."
    )


async def stages(root: Any, info: Info, first: First = None) -> list[LifecycleStage] | None:  # noqa: ANN401
    """The resolver of `Customer.stages`."""
    customer = await info.context.customers.load(root.id)
    if customer is None or customer.ended:
        return None
    found = stage_reasons(
        info.context.rules.computed.lifecycles, customer.traits, await changes_of(info, root.id)
    )
    seen = info.context.caller.visibility.seen
    told = [_told(info, one) for one in found if f"{PROFILE}.{one.lifecycle}" in seen]
    return list(listed(told, first))


async def changes_of(info: Info, customer: str) -> dict[str, int | None]:
    """When computed traits of the customer change by themselves (ms UTC), by their names."""
    context = info.context
    keys = [one.key for one in await context.own_records.load(customer)]
    events = [event for of in await context.happened.load_many(keys) for event in of]
    found = reasons(context.rules.computed, events, await context.reader.present())
    return {one.computing.trait.name: one.changes_at for one in found}


def _told(info: Info, reason: StageReason) -> LifecycleStage:
    visibility = info.context.caller.visibility
    is_plain = f"{PROFILE}.{reason.lifecycle}" in visibility.used
    is_explained = is_plain and {f"{PROFILE}.{one}" for one in reason.reads} <= visibility.used
    changes_at = reason.changes_at if is_explained and TIMELINE in visibility.seen else None
    return LifecycleStage(
        lifecycle=reason.lifecycle,
        stage=reason.stage if is_plain else None,
        tried=[_rule(reason, at) for at in range(len(reason.tried))] if is_explained else None,
        changes_at=None if changes_at is None else DateTime(changes_at),
    )


def _rule(reason: StageReason, at: int) -> StageRule:
    rule = reason.tried[at]
    return StageRule(stage=rule.stage, holds=rule.stage == reason.stage, reads=sorted(rule.reads))
