"""Subscriptions: each event by the policy of its moment, on record before it leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from c360_federation.answers import ExecutionResult
from c360_federation.errors import RequestRefused, SubscriptionEnded, entry
from c360_federation.subscribing import Event, Moment
from c360_federation.values import JsonObject
from c360_kernel.context import CallerContext
from c360_kernel.metrics import REQUESTS

from c360_gateway.audit.trail import AuditUnavailable, PerformedOperation, Recorder
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.decided_operation import DecidedOperations
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.prepared_operation import PreparedOperation, outcome_of
from c360_gateway.query.refusals import code_of, errors_for

Refused = Callable[[str], Awaitable[None]]
"""Puts a refusal on record, by its code."""
_NOT_ACCEPTED = entry(Unauthenticated.code, "the token is not accepted any more")


class AuditedSubscriber:
    """Whoever subscribed, for as long as the token holds and policy lets it ask.

    Implements the engine's `Subscriber`. The customers of an event are noted by whoever carries it
    and by what enriches it, in one set, which is emptied once the event is on record.
    """

    def __init__(
        self,
        operation: PreparedOperation,
        documents: KnownDocuments,
        audit: Recorder,
        refused: Refused,
        decisions: DecidedOperations,
    ) -> None:
        self._operation = operation
        self._refused = refused
        self._decisions = decisions
        self._decided = operation.decided
        self._documents = documents
        self._audit = audit
        self._policy = operation.policy
        # Asks the operation: a context that asked the subscriber would keep it in a circle.
        self._later = partial(_caller_now, operation)
        begun = operation.context(operation.policy)
        self._context = replace(begun, later=self._later, reached={})

    async def begin(self) -> None:
        """Put on record that it listens, or that it may hear nothing; raises AuditUnavailable."""
        outcome = "subscribed" if self._operation.prepared.plan.fetches else "refused"
        await self._audit.record(self._operation.audited(self._context, outcome))

    def moment(self) -> Moment:
        """The policy in force now.

        Raises `RequestRefused` when it lets this be asked no more, or the token is trusted no more.
        """
        principal = self._operation.principal
        if not principal.validity.holds():
            raise RequestRefused([_NOT_ACCEPTED])
        policy = self._operation.graph.tables.for_caller(principal)
        if policy is not self._policy:
            self._documents.current.resolve(self._operation.request, policy)
            self._take(policy)
        return Moment(self._policy, self._context)

    def expires_in(self) -> float:
        """Seconds that the token still holds."""
        return self._operation.principal.expires_at - time.time()

    async def taken_back(self) -> None:
        """Return once the token is accepted no more, its expiry aside."""
        await self._operation.principal.validity.ended()

    async def refuse(self, code: str) -> None:
        """Put on record that it may listen no more, and why."""
        await self._refused(code)

    async def approve(self, event: Event) -> None:
        """Let the event go once the log has it."""
        text, outcome = self._operation.request.query, outcome_of(event.result)
        decided = self._decisions.of(text, event.prepared.operation, self._policy)
        operation = PerformedOperation(
            event.prepared, self._policy, decided.template, self._context, outcome
        )
        try:
            await self._audit.record(operation)
        except AuditUnavailable as error:
            raise SubscriptionEnded(errors_for(error)[0]) from error
        self._context.subjects.clear()
        self._decided = decided

    def payload(self, result: ExecutionResult) -> JsonObject:
        """The payload of the event approved last, with what the policy of its moment did to it."""
        report = self._decided.report
        payload = report.put_into(result.payload(), self._operation.denials, self._context)
        # Consents are asked for anew at each event.
        self._context.withheld.clear()
        self._context.consents.clear()
        return payload

    def _take(self, policy: TablePolicy) -> None:
        before, self._policy = self._context, policy
        anew = self._operation.context(policy)
        self._context = replace(
            anew, subjects=before.subjects, later=self._later, reached=before.reached
        )


def _caller_now(operation: PreparedOperation) -> CallerContext:
    tables = operation.graph.tables
    return operation.context(tables.for_caller(operation.principal)).caller


async def payloads_of(
    results: AsyncGenerator[ExecutionResult, None], listener: AuditedSubscriber
) -> AsyncGenerator[JsonObject, None]:
    """The payloads of a subscription, which counts as one request once it is over."""
    code: str | None = "OK"
    try:
        async with aclosing(_while_trusted(results, listener)) as trusted:
            async for result in trusted:
                if result.executed:
                    yield listener.payload(result)
                    continue
                code = code_of(result.errors)
                await listener.refuse(code)
                yield result.payload()
    except Exception:
        # Whoever catches it counts it.
        code = None
        raise
    finally:
        if code is not None:
            REQUESTS.add(code)


async def _while_trusted(
    results: AsyncGenerator[ExecutionResult, None], listener: AuditedSubscriber
) -> AsyncGenerator[ExecutionResult, None]:
    """The results; one that says so is the last once the token was taken back, event or none."""
    over = asyncio.ensure_future(listener.taken_back())
    waiting: asyncio.Future[ExecutionResult | None] | None = None
    try:
        while True:
            waiting = asyncio.ensure_future(_next(results))
            await asyncio.wait((waiting, over), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                yield ExecutionResult(None, [_NOT_ACCEPTED], executed=False)
                return
            result = waiting.result()
            if result is None:
                return
            yield result
    finally:
        ended = [one for one in (over, waiting) if one is not None]
        for one in ended:
            one.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        await results.aclose()


async def _next(results: AsyncGenerator[ExecutionResult, None]) -> ExecutionResult | None:
    return await anext(results, None)
