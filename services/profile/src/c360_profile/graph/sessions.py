"""`Customer.sessions`: what happened, visit by visit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Annotated, Any, Self

import strawberry
from c360_kernel.catalog.names import pascal
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import TIMELINE
from c360_subgraph.pacing import PACE

from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.sessions import Session as Run
from c360_profile.domain.sessions import sessions
from c360_profile.graph.context import GraphContext, Info
from c360_profile.graph.timeline import event_names

_AT_ONCE = 500
_MOST_EVENTS = 5_000
_MOST = 100
_MOST_IDLE = 1_440
_MINUTE_MS = 60_000
_First = Annotated[int, strawberry.argument(description=f"So many of the newest, at most {_MOST}.")]
_Before = Annotated[
    DateTime | None,
    strawberry.argument(description="Of what happened before this; `startedAt` of one goes on."),
]
_Idle = Annotated[
    int,
    strawberry.argument(
        description=f"After so many minutes of rest another begins, 1 to {_MOST_IDLE}."
    ),
]


@strawberry.type(description="Events of a customer of which none comes long after the one before.")
class Session:
    """GraphQL type."""

    started_at: DateTime = strawberry.field(description="When the first of them happened.")
    ended_at: DateTime = strawberry.field(description="When the last of them happened.")
    event_count: int = strawberry.field(description="How many they are.")
    names: list[str] = strawberry.field(description="The names of the events, sorted.")
    sources: list[str] = strawberry.field(description="The sources that saw them, sorted.")
    is_whole: bool = strawberry.field(
        description=f"False of one that goes back beyond {_MOST_EVENTS:,} events; it is cut there."
    )

    @classmethod
    def of(cls, run: Run, *, is_whole: bool) -> Self:
        """The GraphQL form of a session."""
        return cls(
            started_at=DateTime(run.started_at),
            ended_at=DateTime(run.ended_at),
            event_count=len(run.events),
            names=list(run.names),
            sources=list(run.sources),
            is_whole=is_whole,
        )


async def customer_sessions(
    root: Any,  # noqa: ANN401
    info: Info,
    first: _First = 20,
    before: _Before = None,
    idle_minutes: _Idle = 30,
) -> list[Session] | None:
    """The newest sessions; null for who is shown no timeline."""
    if not 0 <= first <= _MOST:
        raise Invalid(f"first must be from 0 to {_MOST}", code="PAGE_SIZE_INVALID")
    if not 1 <= idle_minutes <= _MOST_IDLE:
        raise Invalid(f"idleMinutes must be from 1 to {_MOST_IDLE}", code="IDLE_TIME_INVALID")
    seen = info.context.caller.visibility.seen
    if TIMELINE not in seen:
        return None
    known = event_names(info.context.types, None)
    window = Window(tuple(one for one in known if f"{pascal(one)}.name" in seen), until=before)
    return await _newest(info.context, root.id, window, first, idle_minutes * _MINUTE_MS)


async def _newest(
    context: GraphContext, customer: str, window: Window, first: int, idle_ms: int
) -> list[Session]:
    events: list[Event] = []
    rests, has_more = 0, True
    while has_more and rests <= first and len(events) < _MOST_EVENTS:
        after = events[-1].place if events else None
        await PACE.take(_AT_ONCE // 10)
        part = await context.timelines.load(
            (customer, window._replace(after=after, limit=_AT_ONCE))
        )
        rests += _rests([*events[-1:], *part], idle_ms)
        events += part
        has_more = len(part) == _AT_ONCE
    found = list(islice(sessions(events, idle_ms), first + 1))
    last = len(found) - 1
    return [
        Session.of(run, is_whole=not has_more or place < last)
        for place, run in enumerate(found[:first])
    ]


def _rests(newest_first: Sequence[Event], idle_ms: int) -> int:
    """How often a session ends within these events."""
    pairs = pairwise(newest_first)
    return sum(newer.occurred_at - older.occurred_at > idle_ms for newer, older in pairs)
