"""What stands out of how roles are commonly used, in the graph."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from c360_kernel.subgraph.period import refuse_empty_period
from c360_kernel.subgraph.scalars import DateTime

from c360_audit.domain.activity import HOUR_MS
from c360_audit.domain.anomalies import COMMON_MS, Anomaly, anomalies
from c360_audit.graph.arguments import TAG, argument
from c360_audit.graph.context import Info

_DAY_MS = 24 * HOUR_MS
_From = Annotated[DateTime | None, argument("Since when; a day ago if left out.", "from")]
_To = Annotated[DateTime | None, argument("Until before when; now if left out.")]


@strawberry.federation.type(
    tags=[TAG], description="What somebody did in an hour, and what is common for these roles."
)
class AccessAnomaly:
    """GraphQL type."""

    kind: str | None = strawberry.field(
        description="`CUSTOMERS` or `VOLUME`: so many different customers, or operations, in an "
        "hour; `HOURS`: at a time of day when nobody of these roles works; `REFUSALS`, "
        "`ENUMERATION`: most of a day's requests were refused, or most look-ups found nobody."
    )
    principal: str | None = strawberry.field(description="Who.")
    roles: list[str] | None = strawberry.field(description="With which roles.")
    at: DateTime | None = strawberry.field(description="Where the hour begins.")
    value: int | None = strawberry.field(description="How many; of a share, how many in a hundred.")
    common: float | None = strawberry.field(description="The median that it is held against.")
    spread: float | None = strawberry.field(
        description="How far hours commonly are from that (the median absolute deviation)."
    )

    @classmethod
    def of(cls, found: Anomaly) -> Self:
        """The GraphQL form."""
        return cls(
            kind=found.kind,
            principal=found.principal,
            roles=list(found.roles),
            at=DateTime(found.at),
            value=found.value,
            common=found.common,
            spread=found.spread,
        )


async def access_anomalies(
    info: Info, since: _From = None, to: _To = None
) -> list[AccessAnomaly] | None:
    """What stands out, newest first."""
    refuse_empty_period(since, to)
    until = info.context.now_ms() if to is None else int(to)
    begin = until - _DAY_MS if since is None else int(since)
    activity = await info.context.store.activity(begin - COMMON_MS, until)
    return [AccessAnomaly.of(one) for one in anomalies(activity, begin)]
