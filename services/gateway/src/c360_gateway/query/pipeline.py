"""One operation: measured, decided, cut, executed, masked, put on record, answered."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from logging import getLogger

from c360_federation.engine import Engine, ExecutionResult, Prepared
from c360_federation.errors import RequestRefused, entry
from c360_federation.http import GraphQLRequest, HttpProblem, refuse_mutation_over_get
from c360_federation.values import JsonObject
from c360_kernel.context import CallerContext
from c360_kernel.errors import C360Error, Transient
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
from c360_gateway.query.limits import LimitCheck

_log = getLogger(__name__)
_SPAN = "graphql"
_REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom, within which trace (a `traceparent`, or empty)."""

    principal: Principal
    request: GraphQLRequest
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL response.

    `executed` is false when there is no result; `status` is set where HTTP has a word of its own.
    """

    payload: JsonObject
    executed: bool
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A supergraph in use: its engine, and the policy compiled for its schema."""

    engine: Engine
    tables: PolicyTables


class Pipeline:
    """Answers questions over the graph of the moment.

    `graph` may be replaced at any time; a question is answered by the one it started with.
    """

    def __init__(self, limits: LimitCheck, audit: AuditTrail, tracer: Tracer) -> None:
        self.graph: Graph | None = None
        self._limits = limits
        self._audit = audit
        self._tracer = tracer

    async def answer(self, question: Question) -> Answer:
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
            except AuditUnavailable as error:
                return _unavailable(error, {"reason": error.reason})
            except Transient as error:
                return _unavailable(error)
            except C360Error as error:
                return _refusal(error.code, error.message)
            except Exception as error:
                trace = trace_id(current_traceparent())
                _log_unexpected(error, trace)
                return _refusal("INTERNAL", "internal error", {"traceId": trace})

    async def _answer(self, question: Question, span: Span) -> Answer:
        graph, request, principal = self.graph, question.request, question.principal
        if graph is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        self._limits.check(request.query)
        policy = graph.tables.of(principal.roles, principal.purpose)
        try:
            prepared = _prepared(graph.engine, request, policy)
        except RequestRefused as refused:
            REQUESTS.add(_code(refused))
            return Answer({"errors": refused.errors}, executed=False)
        refuse_mutation_over_get(request, prepared.kind)
        context = _context(principal, policy, current_traceparent())
        result = await graph.engine.execute(prepared, context)
        operation = Operation(request.query, prepared, policy, context, _outcome(result))
        span.set_attribute("graphql.operation.type", prepared.kind)
        span.set_attribute("c360.outcome", operation.outcome)
        await self._audit.record(operation)
        REQUESTS.add(_ended(result, prepared))
        return Answer(result.payload(), executed=True)


def _prepared(engine: Engine, request: GraphQLRequest, policy: TablePolicy) -> Prepared:
    compiled_before = engine.compilations
    prepared = engine.prepare(request.query, request.operation_name, request.variables, policy)
    found = engine.compilations == compiled_before
    (PLAN_CACHE_HITS if found else PLAN_CACHE_MISSES).add()
    for denied in prepared.denied:
        DENIALS.add(denied.denial.code)
    return prepared


def _code(refused: RequestRefused) -> str:
    return str(refused.errors[0].get("extensions", {}).get("code", _REFUSED))


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


def _refusal(code: str, message: str, extensions: Mapping[str, str] | None = None) -> Answer:
    REQUESTS.add(code)
    return Answer({"errors": [entry(code, message, **(extensions or {}))]}, executed=False)


def _unavailable(error: Transient, extensions: Mapping[str, str] | None = None) -> Answer:
    refusal = _refusal(error.code, error.message, extensions)
    return replace(refusal, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _log_unexpected(error: BaseException, trace: str) -> None:
    # The text of an exception may quote a value: only its type and where it was raised are told.
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error("internal error: %s at %s, trace %s", type(error).__name__, where, trace)
