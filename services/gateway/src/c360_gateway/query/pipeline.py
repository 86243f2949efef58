"""One operation: measured, decided, cut, executed, masked, put on record, answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import NamedTuple

from c360_federation.engine import Engine, ExecutionResult, Prepared
from c360_federation.http import (
    Delivery,
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
    refuse_unfit,
)
from c360_federation.subscribing import RequestedOperation
from c360_federation.values import JsonObject
from c360_kernel.errors import Transient
from c360_kernel.metering import metered
from c360_kernel.metrics import (
    DENIALS,
    PLAN_CACHE_HITS,
    PLAN_CACHE_MISSES,
    REQUEST_SECONDS,
    REQUESTS,
)
from c360_kernel.telemetry import Span, Tracer, believed, current_traceparent
from c360_kernel.telemetry import operation as within_trace

from c360_gateway.audit.refusals import Refusals, RefusedRequest
from c360_gateway.audit.trail import AuditUnavailable, PerformedOperation, Recorder
from c360_gateway.auth.principal import Principal
from c360_gateway.budget.accounts import Accounts
from c360_gateway.budget.bulk import ExportRefused
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.answer_flags import flagged, flagged_stream, flags_of
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.bodies import BodyLimits
from c360_gateway.query.decided_operation import DecidedOperations
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.justification import (
    NO_JUSTIFICATION,
    NOTHING_GIVEN,
    Given,
    Justification,
    JustificationCheck,
)
from c360_gateway.query.lookup_budgets import LookupBudgets
from c360_gateway.query.parts import recorded_parts
from c360_gateway.query.prepared_operation import Graph, PreparedOperation, ended
from c360_gateway.query.refusals import code_in, code_of, is_askers_fault, refused, reply_to
from c360_gateway.query.report import DenialsIn
from c360_gateway.query.subscriber import AuditedSubscriber, payloads_of

_SPAN = "graphql"
_LONG = 2_000
"""Characters of a text that takes some milliseconds to read for the first time."""


class OperationRequest(NamedTuple):
    """What was asked, by whom, within which trace (a `traceparent`, or empty).

    `denials` is where the caller wants to be told what policy cut; `address` is the caller's;
    `given` is what it says of why it asks, `justification` what is kept of that.
    """

    principal: Principal
    request: GraphQLRequest
    traceparent: str = ""
    denials: DenialsIn = DenialsIn.ERRORS
    address: str = ""
    given: Given = NOTHING_GIVEN
    justification: Justification = NO_JUSTIFICATION


class Pipeline:
    """answers requests over the graph of the moment.

    `graph` may be replaced at any time; a request is answered by the one it started with, also
    when its answer is a stream.
    """

    def __init__(
        self,
        documents: KnownDocuments,
        audit: Recorder,
        refusals: Refusals,
        tracer: Tracer,
        accounts: Accounts,
        lookups: LookupBudgets,
        bodies: BodyLimits,
        backpressure: Backpressure,
        justifications: JustificationCheck,
        decisions: DecidedOperations,
    ) -> None:
        self.graph: Graph | None = None
        self._documents = documents
        self._audit = audit
        self._refusals = refusals
        self._tracer = tracer
        self._accounts = accounts
        self._lookups = lookups
        self._bodies = bodies
        self._backpressure = backpressure
        self._justifications = justifications
        self._decisions = decisions
        self._mutations = 0
        self._writing: set[asyncio.Task[GraphQLReply]] = set()

    async def answer(self, received: OperationRequest) -> GraphQLReply | GraphQLStream:
        """What goes wrong is in the answer, without values.

        Raises `HttpProblem` for what HTTP itself has to refuse.
        """
        traceparent = believed(received.traceparent) if received.traceparent else ""
        began = time.perf_counter()
        with self._tracer.span(_SPAN, traceparent) as span:
            try:
                received = self._justified(received)
                if len(received.request.query) > _LONG:
                    await self._read_ahead(received)
                operation = self._prepare(received)
                kind = operation.prepared.operation.kind
                span.set_attribute("graphql.operation.type", kind)
                glass, warned = operation.principal.glass, operation.policy.row_policy.warned
                flags = flags_of(glass, warned) if glass or warned else {}
                if (stream := self._stream(operation)) is not None:
                    return flagged_stream(stream, flags)
                answer = self._written if kind == "mutation" else self._whole
                reply = await answer(operation, span)
                return flagged(reply, flags) if flags else reply
            except HttpProblem as problem:
                REQUESTS.add(problem.code)
                self._accounts.of(received.principal).refused()
                await self._put_on_record(received, problem.code)
                raise
            except Exception as error:
                if is_askers_fault(error):
                    self._accounts.of(received.principal).refused()
                reply = reply_to(error)
                await self._put_on_record(received, code_in(reply))
                return reply
            finally:
                REQUEST_SECONDS.observe(time.perf_counter() - began)

    def _justified(self, received: OperationRequest) -> OperationRequest:
        """The request of its caller for its purpose, with what the caller says of it."""
        if not received.given and len(received.principal.purpose.split()) <= 1:
            # The token says all there is to say.
            return received
        principal, justification = self._justifications.of(received.principal, received.given)
        return received._replace(principal=principal, justification=justification)

    @property
    def largest_read(self) -> int:
        """How many bytes a request may have that only asks."""
        return self._bodies.reads

    def largest_body(self, principal: Principal) -> int:
        """How many bytes a request of this caller may have."""
        if self.graph is None:
            return self._bodies.reads
        try:
            policy = self.graph.tables.for_caller(principal)
        except Exception:
            # The answer itself runs into it again, and tells it without values.
            return self._bodies.reads
        return self._bodies.of(policy.table)

    async def _put_on_record(self, received: OperationRequest, code: str) -> None:
        principal, request = received.principal, received.request
        version = ""
        if self.graph is not None:
            version = self.graph.tables.policy_version
        refused_request = RefusedRequest(
            request.query, request.operation_name or "", version, received.address
        )
        await self._refusals.request(principal, code, refused_request)

    async def _read_ahead(self, received: OperationRequest) -> None:
        """Reading a long text takes long: beside the loop, and on the account of who sent it."""
        graph, policy, request = self._resolved(received)
        requested = RequestedOperation(request.query, request.operation_name, request.variables)
        spend = self._accounts.of(received.principal).worked
        await graph.engine.read_ahead(requested, policy, spend)

    def _resolved(self, received: OperationRequest) -> tuple[Graph, TablePolicy, GraphQLRequest]:
        graph, principal = self.graph, received.principal
        if graph is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        policy = graph.tables.for_caller(principal)
        if received.justification.is_export:
            policy = policy.exporting
        return graph, policy, self._documents.current.resolve(received.request, policy)

    def _prepare(self, received: OperationRequest) -> PreparedOperation:
        graph, policy, request = self._resolved(received)
        principal = received.principal
        prepared = _prepared(graph.engine, request, policy)
        kind = prepared.operation.kind
        if policy.is_export and (kind != "query" or prepared.is_deferred):
            raise ExportRefused
        refuse_unfit(request, kind, self._bodies.reads)
        decided = self._decisions.of(request.query, prepared.operation, policy)
        if decided.lookups or decided.questions:
            self._lookups.spend(principal, decided, prepared.variables, policy.row_policy.lookups)
        trace, written = current_traceparent(), self._mutations
        return PreparedOperation(
            graph,
            principal,
            request,
            policy,
            prepared,
            decided,
            received.denials,
            trace,
            written,
            received.address,
            received.justification,
        )

    def _stream(self, operation: PreparedOperation) -> GraphQLStream | None:
        """The answer, if it comes in several payloads."""
        if operation.request.delivery is Delivery.WHOLE:
            return None
        if operation.prepared.operation.kind == "subscription":
            return GraphQLStream(self._guarded(operation, self._events(operation), {}))
        if operation.wants_parts:
            parts = self._in_turn(operation, recorded_parts(operation, self._audit))
            return GraphQLStream(self._guarded(operation, parts, {"hasNext": False}))
        return None

    async def _written(self, operation: PreparedOperation, span: Span) -> GraphQLReply:
        """Whoever leaves meanwhile stops nothing: what was written is on record as well."""
        await self._backpressure.admit()
        writing = asyncio.create_task(metered(self._whole(operation, span)))
        self._writing.add(writing)
        writing.add_done_callback(self._wrote)
        return await asyncio.shield(writing)

    def _wrote(self, writing: asyncio.Task[GraphQLReply]) -> None:
        self._writing.discard(writing)
        self._mutations += 1

    async def _whole(self, operation: PreparedOperation, span: Span) -> GraphQLReply:
        context = operation.context(operation.policy)
        result = await operation.graph.engine.execute(operation.prepared, context)
        done = operation.answered(context, result)
        span.set_attribute("c360.outcome", done.outcome)
        await self._record(done, result)
        REQUESTS.add(ended(result, operation.prepared))
        report = operation.decided.report
        return GraphQLReply(report.put_into(result.payload(), operation.denials, context))

    async def _record(self, done: PerformedOperation, result: ExecutionResult) -> None:
        """Put it on record; what did nothing because the log is away is told by its own error."""
        try:
            await self._audit.record(done)
        except AuditUnavailable as error:
            if _did_nothing(result, error.reason):
                raise Transient("the log cannot take it now", code=error.reason) from error
            raise

    async def _in_turn(
        self, operation: PreparedOperation, payloads: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        """What comes in parts is worked on while it is sent, so it has a turn of its own."""
        async with self._accounts.of(operation.principal).turn(), aclosing(payloads):
            async for payload in payloads:
                yield payload

    async def _events(self, operation: PreparedOperation) -> AsyncGenerator[JsonObject, None]:
        request = operation.request
        requested = RequestedOperation(request.query, request.operation_name, request.variables)
        with self._accounts.of(operation.principal).subscription():
            refuse = self._refuser(operation)
            listener = AuditedSubscriber(
                operation, self._documents, self._audit, refuse, self._decisions
            )
            await listener.begin()
            results = operation.graph.engine.subscribe(requested, listener)
            async with aclosing(payloads_of(results, listener)) as payloads:
                async for payload in payloads:
                    yield payload

    def _refuser(self, operation: PreparedOperation) -> Callable[[str], Awaitable[None]]:
        """Puts on record that an operation, which had begun, was refused with a code."""
        request, version = operation.request, operation.policy.table.policy_version
        refused_request = RefusedRequest(
            request.query, request.operation_name or "", version, operation.address
        )
        return partial(self._refusals.request, operation.principal, refused_request=refused_request)

    async def _guarded(
        self,
        operation: PreparedOperation,
        payloads: AsyncGenerator[JsonObject, None],
        last: JsonObject,
    ) -> AsyncGenerator[JsonObject, None]:
        """The payloads, within their trace; what stops them is told in the last, without values."""
        async with aclosing(payloads):
            while True:
                with within_trace(operation.traceparent):
                    try:
                        payload = await anext(payloads, None)
                    except Exception as error:
                        errors = refused(error)
                        await self._refuser(operation)(code_of(errors))
                        payload = {"errors": errors, **last}
                        break
                if payload is None:
                    return
                yield payload
        yield payload


def _did_nothing(result: ExecutionResult, because: str) -> bool:
    codes = {error.get("extensions", {}).get("code") for error in result.errors}
    return codes == {because} and not any((result.data or {}).values())


def _prepared(engine: Engine, request: GraphQLRequest, policy: TablePolicy) -> Prepared:
    compiled_before = engine.compilations
    prepared = engine.prepare(request.query, request.operation_name, request.variables, policy)
    found = engine.compilations == compiled_before
    (PLAN_CACHE_HITS if found else PLAN_CACHE_MISSES).add()
    for denied in prepared.operation.denied:
        DENIALS.add(denied.denial.code)
    return prepared
