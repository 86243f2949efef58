"""One operation: measured, decided, cut, executed, masked, put on record, answered."""

from __future__ import annotations

from dataclasses import dataclass

from c360_federation.engine import Engine, ExecutionResult, Prepared
from c360_federation.http import (
    GraphQLReply,
    GraphQLRequest,
    HttpProblem,
    refuse_mutation_over_get,
)
from c360_kernel.context import CallerContext
from c360_kernel.errors import Transient
from c360_kernel.metrics import (
    DENIALS,
    PLAN_CACHE_HITS,
    PLAN_CACHE_MISSES,
    REQUEST_SECONDS,
    REQUESTS,
)
from c360_kernel.telemetry import Span, Tracer, believed, current_traceparent, trace_id

from c360_gateway.audit.trail import AuditTrail, AuditUnavailable, Operation
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.documents import KnownDocuments
from c360_gateway.query.refusals import reply_to

_SPAN = "graphql"
_REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom, within which trace (a `traceparent`, or empty)."""

    principal: Principal
    request: GraphQLRequest
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """A supergraph in use: its engine, and the policy compiled for its schema."""

    engine: Engine
    tables: PolicyTables


class Pipeline:
    """Answers questions over the graph of the moment.

    `graph` may be replaced at any time; a question is answered by the one it started with.
    """

    def __init__(self, documents: KnownDocuments, audit: AuditTrail, tracer: Tracer) -> None:
        self.graph: Graph | None = None
        self._documents = documents
        self._audit = audit
        self._tracer = tracer

    async def answer(self, question: Question) -> GraphQLReply:
        """What goes wrong is in the answer, without values.

        Raises `HttpProblem` for what HTTP itself has to refuse.
        """
        with (
            REQUEST_SECONDS.timing(),
            self._tracer.span(_SPAN, believed(question.traceparent)) as span,
        ):
            try:
                return await self._answer(question, span)
            except HttpProblem as problem:
                REQUESTS.add(problem.code)
                raise
            except Exception as error:
                return reply_to(error)

    async def _answer(self, question: Question, span: Span) -> GraphQLReply:
        graph, principal = self.graph, question.principal
        if graph is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        policy = graph.tables.of(principal.roles, principal.purpose)
        request = self._documents.resolve(question.request, policy)
        prepared = _prepared(graph.engine, request, policy)
        refuse_mutation_over_get(request, prepared.kind)
        context = _context(principal, policy, current_traceparent())
        result = await graph.engine.execute(prepared, context)
        operation = Operation(request.query, prepared, policy, context, _outcome(result))
        span.set_attribute("graphql.operation.type", prepared.kind)
        span.set_attribute("c360.outcome", operation.outcome)
        await self._record(operation, result)
        REQUESTS.add(_ended(result, prepared))
        return GraphQLReply(result.payload())

    async def _record(self, operation: Operation, result: ExecutionResult) -> None:
        """Put it on record; what did nothing because the log is away is told by its own error."""
        try:
            await self._audit.record(operation)
        except AuditUnavailable as error:
            if _did_nothing(result, error.reason):
                raise Transient("the log cannot take it now", code=error.reason) from error
            raise


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


def _context(principal: Principal, policy: TablePolicy, traceparent: str) -> OperationContext:
    caller = CallerContext(
        principal=principal.subject,
        roles=principal.roles,
        purpose=principal.purpose,
        policy_version=policy.table.policy_version,
        trace_id=trace_id(traceparent),
    )
    return OperationContext(caller, principal, traceparent)


def _outcome(result: ExecutionResult) -> str:
    if result.data is None:
        return "refused"
    return "partial" if result.errors else "answered"


def _ended(result: ExecutionResult, prepared: Prepared) -> str:
    """What a request counts as: one that policy alone cut is whole, for denials count apart."""
    if result.data is None:
        return _REFUSED
    return "PARTIAL" if len(result.errors) > len(prepared.operation.denials) else "OK"
