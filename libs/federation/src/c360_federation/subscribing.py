"""One subscription: each event enriched, filtered and masked by the policy of its moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from graphql import GraphQLSchema

from c360_federation.answers import ExecutionResult, Prepared
from c360_federation.errors import (
    SUBGRAPH_ERROR,
    SUBSCRIPTION_EXPIRED,
    ErrorEntry,
    RequestRefused,
    SubscriptionEnded,
    entry,
)
from c360_federation.execute.deadline import is_being_cancelled
from c360_federation.execute.transport import SubgraphResponse, TransportError
from c360_federation.plan.model import Fetch, Plan
from c360_federation.policy import OPEN, Denial, Policy, Transform, Use
from c360_federation.values import Json


@dataclass(frozen=True, slots=True)
class RequestedOperation:
    """What a subscriber asked for."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The policy and the context of one instant."""

    policy: Policy = OPEN
    context: object = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way to the subscriber."""

    prepared: Prepared
    moment: Moment
    result: ExecutionResult


class Subscriber(Protocol):
    """Who subscribes; any method may raise SubscriptionEnded."""

    def moment(self) -> Moment:
        """Asked when the subscription begins and for each event."""
        ...

    def expires_in(self) -> float | None:
        """Seconds until the subscription has to end; asked once."""
        ...

    async def approve(self, event: Event) -> None:
        """Called before an event leaves: the place to put it on record."""
        ...


class OpenSubscriber:
    """Hears everything for ever."""

    def __init__(self, context: object = None) -> None:
        self._moment = Moment(OPEN, context)

    def moment(self) -> Moment:
        """The same at any time."""
        return self._moment

    def expires_in(self) -> float | None:
        """Never."""
        return None

    async def approve(self, event: Event) -> None:
        """Always."""


_END = SubgraphResponse()
"""Stands for the end of the events, told from every event by being this one object."""
Prepare: TypeAlias = Callable[[Policy], Prepared]
Open: TypeAlias = Callable[[Prepared, object], AsyncGenerator[SubgraphResponse, None]]
Answer: TypeAlias = Callable[[Prepared, Plan, SubgraphResponse, object], Awaitable[ExecutionResult]]


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What a subscription needs of the engine."""

    prepare: Prepare
    open: Open
    answer: Answer


class Subscription:
    """The answers of one subscription; begins with the policy of the first moment.

    When the policy changes so that the subgraph has to be asked for other events, the one at hand
    shows only what both policies allow, and it is asked anew for those after the one told last.
    Raises RequestRefused when it cannot begin.
    """

    def __init__(self, parts: StreamParts, subscriber: Subscriber) -> None:
        self._parts = parts
        self._subscriber = subscriber
        self._moment = subscriber.moment()
        self._prepared = parts.prepare(self._moment.policy)

    async def results(self) -> AsyncGenerator[ExecutionResult, None]:
        """An answer for each event; an answer without data is the last one and says why."""
        deadline = _deadline(self._subscriber.expires_in())
        try:
            while True:
                plan = self._prepared.plan
                source = self._parts.open(self._prepared, self._moment.context)
                async with aclosing(source):
                    while _take_same_events(self._prepared.plan, plan):
                        event = await _next(source, plan.fetches[0], deadline)
                        if event is _END:
                            return
                        async with _until(deadline):
                            answer = await self._answer(event, plan)
                        yield answer
        except SubscriptionEnded as ended:
            yield _last(ended.error)
        except RequestRefused as refused:
            yield ExecutionResult(None, refused.errors, executed=False)

    async def _answer(self, event: SubgraphResponse, plan: Plan) -> ExecutionResult:
        before, self._moment = self._moment, self._subscriber.moment()
        if self._moment.policy.key != before.policy.key:
            self._prepared = self._parts.prepare(self._moment.policy)
        shown, run = self._prepared, self._prepared.plan
        if not _take_same_events(run, plan):
            shown = self._parts.prepare(_Both(before.policy, self._moment.policy))
            run = _without_denied(plan, shown)
        result = await self._parts.answer(shown, run, event, self._moment.context)
        await self._subscriber.approve(Event(shown, self._moment, result))
        return result


class _Both:
    """Allows what both policies allow, in the form that the second one gives it."""

    def __init__(self, first: Policy, second: Policy) -> None:
        self._first = first
        self._second = second

    @property
    def key(self) -> Hashable:
        return ("both", self._first.key, self._second.key)

    def decide(self, use: Use) -> Denial | None:
        return self._second.decide(use) or self._first.decide(use)

    def transform(self, coordinate: str) -> Transform | None:
        return self._second.transform(coordinate)

    def introspection(self, schema: GraphQLSchema) -> GraphQLSchema | None:
        return self._second.introspection(schema)


def _take_same_events(one: Plan, other: Plan) -> bool:
    """Whether the events of one plan serve the other as well."""
    return one.fetches[:1] == other.fetches[:1]


def _without_denied(plan: Plan, shown: Prepared) -> Plan:
    """The plan without fetches that only bring what may not be seen any more."""
    denied = {one.path for one in shown.denied}
    kept: dict[int, Fetch] = {}
    for fetch in reversed(plan.fetches[1:]):
        is_needed = any(fetch.id in one.depends_on for one in kept.values())
        if is_needed or not all(_is_below(place, denied) for place in fetch.places()):
            kept[fetch.id] = fetch
    return Plan((plan.fetches[0], *(one for one in plan.fetches[1:] if one.id in kept)))


def _is_below(place: tuple[str, ...], denied: set[tuple[str, ...]]) -> bool:
    return any(place[:length] in denied for length in range(1, len(place) + 1))


async def _next(
    source: AsyncGenerator[SubgraphResponse, None], fetch: Fetch, deadline: float | None
) -> SubgraphResponse:
    """The next event, or _END; raises SubscriptionEnded."""
    if deadline is not None and asyncio.get_running_loop().time() >= deadline:
        raise _expired()
    try:
        async with _until(deadline):
            return await anext(source, _END)
    except SubscriptionEnded:
        raise
    except TransportError as error:
        raise _broken(fetch, error.code, error.public_message, error.retryable) from error
    except asyncio.CancelledError as error:
        if is_being_cancelled():
            raise
        raise _broken(fetch, SUBGRAPH_ERROR, "failed") from error
    except Exception as error:
        raise _broken(fetch, SUBGRAPH_ERROR, "failed") from error


@asynccontextmanager
async def _until(deadline: float | None) -> AsyncGenerator[None]:
    """Raises SubscriptionEnded from what takes longer."""
    limit = asyncio.timeout_at(deadline)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise _expired() from None


def _deadline(expires_in: float | None) -> float | None:
    return None if expires_in is None else asyncio.get_running_loop().time() + expires_in


def _expired() -> SubscriptionEnded:
    message = "What allowed this subscription has expired"
    return SubscriptionEnded(entry(SUBSCRIPTION_EXPIRED, message))


def _broken(fetch: Fetch, code: str, text: str, retryable: bool = False) -> SubscriptionEnded:
    message = f"Subgraph {fetch.subgraph!r} {text}"
    return SubscriptionEnded(entry(code, message, service=fetch.subgraph, retryable=retryable))


def _last(error: ErrorEntry) -> ExecutionResult:
    return ExecutionResult(None, [error], executed=False)
