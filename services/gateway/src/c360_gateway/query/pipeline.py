"""One operation: measured, decided, cut, executed, masked, put on record, answered."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from logging import getLogger

from c360_federation.engine import Engine, ExecutionResult
from c360_federation.errors import RequestRefused, entry
from c360_federation.http import GraphQLRequest, HttpProblem, refuse_mutation_over_get
from c360_federation.values import JsonObject
from c360_kernel.context import CallerContext
from c360_kernel.errors import C360Error, Transient
from c360_kernel.telemetry import Span, Tracer, new_traceparent, trace_id

from c360_gateway.audit.trail import AuditTrail, AuditUnavailable, Operation
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.policy.decisions import TablePolicy
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.limits import LimitCheck

_log = getLogger(__name__)
_SPAN = "graphql"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


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
        traceparent = new_traceparent(_believed(question.traceparent))
        with self._tracer.span(_SPAN, traceparent) as span:
            try:
                return await self._answer(question, traceparent, span)
            except HttpProblem:
                raise
            except AuditUnavailable as error:
                return _unavailable(error, {"reason": error.reason})
            except Transient as error:
                return _unavailable(error)
            except C360Error as error:
                return _refusal(error.code, error.message)
            except Exception as error:
                _log_unexpected(error, trace_id(traceparent))
                told = {"traceId": trace_id(traceparent)}
                return _refusal("INTERNAL", "internal error", told)

    async def _answer(self, question: Question, traceparent: str, span: Span) -> Answer:
        graph, request, principal = self.graph, question.request, question.principal
        if graph is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        self._limits.check(request.query)
        policy = graph.tables.of(principal.roles, principal.purpose)
        try:
            prepared = graph.engine.prepare(
                request.query, request.operation_name, request.variables, policy
            )
        except RequestRefused as refused:
            return Answer({"errors": refused.errors}, executed=False)
        refuse_mutation_over_get(request, prepared.kind)
        context = _context(principal, policy, traceparent)
        result = await graph.engine.execute(prepared, context)
        operation = Operation(request.query, prepared, policy, context, _outcome(result))
        span.set_attribute("graphql.operation.type", prepared.kind)
        span.set_attribute("c360.outcome", operation.outcome)
        await self._audit.record(operation)
        return Answer(result.payload(), executed=True)


def _believed(traceparent: str) -> str:
    """A caller's trace, if it is one: it goes into logs and into headers."""
    return traceparent if _TRACEPARENT.fullmatch(traceparent) else ""


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


def _refusal(code: str, message: str, extensions: Mapping[str, str] | None = None) -> Answer:
    return Answer({"errors": [entry(code, message, **(extensions or {}))]}, executed=False)


def _unavailable(error: Transient, extensions: Mapping[str, str] | None = None) -> Answer:
    refusal = _refusal(error.code, error.message, extensions)
    return replace(refusal, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _log_unexpected(error: BaseException, trace: str) -> None:
    # The text of an exception may quote a value: only its type and where it was raised are told.
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error("internal error: %s at %s, trace %s", type(error).__name__, where, trace)
