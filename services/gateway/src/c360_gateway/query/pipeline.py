"""One operation: measured, decided, cut, executed, masked, put on record, answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple

from c360_federation.engine import Engine, ExecutionResult, Prepared
from c360_federation.http import (
    GraphQLReply,
    GraphQLRequest,
    GraphQLStream,
    HttpProblem,
    refuse_large_read,
    refuse_mutation_over_get,
    refuse_undeliverable,
)
from c360_federation.subscribing import Asked
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
from c360_kernel.telemetry import Span, Tracer, believed, current_traceparent, operation

from c360_gateway.audit.trail import AuditTrail, AuditUnavailable, Operation
from c360_gateway.auth.principal import Principal
from c360_gateway.budget.accounts import Accounts
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.query.asking import Asking, Graph, ended, outcome_of
from c360_gateway.query.backpressure import Backpressure
from c360_gateway.query.bodies import BodyLimits
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.listening import Listener, heard
from c360_gateway.query.lookups import LookupQuota
from c360_gateway.query.parts import recorded_parts
from c360_gateway.query.refusals import is_askers_fault, refused, reply_to
from c360_gateway.query.report import DenialsIn, PolicyReports

_SPAN = "graphql"
_LONG = 2_000
"""Characters of a text that takes some milliseconds to read for the first time."""


class Question(NamedTuple):
    """What was asked, by whom, within which trace (a `traceparent`, or empty).

    `denials` is where the caller wants to be told what policy cut.
    """

    principal: Principal
    request: GraphQLRequest
    traceparent: str = ""
    denials: DenialsIn = DenialsIn.ERRORS


class Pipeline:
    """Answers questions over the graph of the moment.

    `graph` may be replaced at any time; a question is answered by the one it started with, also
    when its answer is a stream.
    """

    def __init__(
        self,
        documents: KnownDocuments,
        audit: AuditTrail,
        tracer: Tracer,
        accounts: Accounts,
        lookups: LookupQuota,
        bodies: BodyLimits,
        backpressure: Backpressure,
    ) -> None:
        self.graph: Graph | None = None
        self._documents = documents
        self._audit = audit
        self._tracer = tracer
        self._accounts = accounts
        self._lookups = lookups
        self._bodies = bodies
        self._backpressure = backpressure
        self._reports = PolicyReports()
        self._mutations = 0
        self._writing: set[asyncio.Task[GraphQLReply]] = set()

    async def answer(self, question: Question) -> GraphQLReply | GraphQLStream:
        """What goes wrong is in the answer, without values.

        Raises `HttpProblem` for what HTTP itself has to refuse.
        """
        with (
            REQUEST_SECONDS.timing(),
            self._tracer.span(_SPAN, believed(question.traceparent)) as span,
        ):
            try:
                if len(question.request.query) > _LONG:
                    await self._read_ahead(question)
                asking = self._asking(question)
                kind = asking.prepared.operation.kind
                span.set_attribute("graphql.operation.type", kind)
                if (stream := self._stream(asking)) is not None:
                    return stream
                answer = self._written if kind == "mutation" else self._whole
                return await answer(asking, span)
            except HttpProblem as problem:
                REQUESTS.add(problem.code)
                self._accounts.of(question.principal).refused()
                raise
            except Exception as error:
                if is_askers_fault(error):
                    self._accounts.of(question.principal).refused()
                return reply_to(error)

    @property
    def largest_read(self) -> int:
        """How many bytes a request may have that only asks."""
        return self._bodies.reads

    def largest_body(self, principal: Principal) -> int:
        """How many bytes a request of this caller may have."""
        if self.graph is None:
            return self._bodies.reads
        try:
            policy = self.graph.tables.of(principal.roles, principal.purpose)
        except Exception:
            # The answer itself runs into it again, and tells it without values.
            return self._bodies.reads
        return self._bodies.of(policy.table)

    async def _read_ahead(self, question: Question) -> None:
        """Reading a long text takes long: beside the loop, and on the account of who sent it."""
        graph, policy, request = self._resolved(question)
        asked = Asked(request.query, request.operation_name, request.variables)
        spend = self._accounts.of(question.principal).worked
        await graph.engine.read_ahead(asked, policy, spend)

    def _resolved(self, question: Question) -> tuple[Graph, TablePolicy, GraphQLRequest]:
        graph, principal = self.graph, question.principal
        if graph is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        policy = graph.tables.of(principal.roles, principal.purpose)
        return graph, policy, self._documents.resolve(question.request, policy)

    def _asking(self, question: Question) -> Asking:
        graph, policy, request = self._resolved(question)
        principal = question.principal
        prepared = _prepared(graph.engine, request, policy)
        kind = prepared.operation.kind
        refuse_large_read(request, kind, self._bodies.reads)
        refuse_mutation_over_get(request, kind)
        refuse_undeliverable(request, kind)
        self._lookups.spend(principal.subject, prepared.operation, policy)
        trace, written = current_traceparent(), self._mutations
        return Asking(graph, principal, request, policy, prepared, question.denials, trace, written)

    def _stream(self, asking: Asking) -> GraphQLStream | None:
        """The answer, if it comes in several payloads."""
        if asking.prepared.operation.kind == "subscription":
            return GraphQLStream(_guarded(self._events(asking), {}, asking.traceparent))
        if asking.wants_parts:
            parts = self._in_turn(asking, recorded_parts(asking, self._audit, self._reports))
            return GraphQLStream(_guarded(parts, {"hasNext": False}, asking.traceparent))
        return None

    async def _written(self, asking: Asking, span: Span) -> GraphQLReply:
        """Whoever leaves meanwhile stops nothing: what was written is on record as well."""
        await self._backpressure.admit()
        writing = asyncio.create_task(metered(self._whole(asking, span)))
        self._writing.add(writing)
        writing.add_done_callback(self._wrote)
        return await asyncio.shield(writing)

    def _wrote(self, writing: asyncio.Task[GraphQLReply]) -> None:
        self._writing.discard(writing)
        self._mutations += 1

    async def _whole(self, asking: Asking, span: Span) -> GraphQLReply:
        context = asking.context(asking.policy)
        result = await asking.graph.engine.execute(asking.prepared, context)
        done = asking.operation(context, outcome_of(result))
        span.set_attribute("c360.outcome", done.outcome)
        await self._record(done, result)
        REQUESTS.add(ended(result, asking.prepared))
        report = self._reports.of(asking.prepared, asking.policy)
        return GraphQLReply(report.put_into(result.payload(), asking.denials))

    async def _record(self, done: Operation, result: ExecutionResult) -> None:
        """Put it on record; what did nothing because the log is away is told by its own error."""
        try:
            await self._audit.record(done)
        except AuditUnavailable as error:
            if _did_nothing(result, error.reason):
                raise Transient("the log cannot take it now", code=error.reason) from error
            raise

    async def _in_turn(
        self, asking: Asking, payloads: AsyncGenerator[JsonObject, None]
    ) -> AsyncGenerator[JsonObject, None]:
        """What comes in parts is worked on while it is sent, so it has a turn of its own."""
        async with self._accounts.of(asking.principal).turn(), aclosing(payloads):
            async for payload in payloads:
                yield payload

    async def _events(self, asking: Asking) -> AsyncGenerator[JsonObject, None]:
        request = asking.request
        asked = Asked(request.query, request.operation_name, request.variables)
        with self._accounts.of(asking.principal).subscription():
            listener = Listener(asking, self._documents, self._audit, self._reports)
            await listener.begin()
            results = asking.graph.engine.subscribe(asked, listener)
            async with aclosing(heard(results, listener)) as payloads:
                async for payload in payloads:
                    yield payload


async def _guarded(
    payloads: AsyncGenerator[JsonObject, None], last: JsonObject, traceparent: str
) -> AsyncGenerator[JsonObject, None]:
    """The payloads, within their trace; what stops them is told, without values, in the last."""
    async with aclosing(payloads):
        while True:
            with operation(traceparent):
                try:
                    payload = await anext(payloads, None)
                except Exception as error:
                    payload = {"errors": refused(error), **last}
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
    for denied in prepared.denied:
        DENIALS.add(denied.denial.code)
    return prepared
