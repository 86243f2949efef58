"""The engine: the one place that joins the rooms, and where everything compiled is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from logging import getLogger
from typing import TypeAlias

from c360_federation.answers import CompiledOperation, ExecutionResult, Prepared, Remembered
from c360_federation.caches import Lru
from c360_federation.deferral import Delivery, compile_deferral
from c360_federation.denials import denial_entries
from c360_federation.errors import (
    INTERNAL_SERVER_ERROR,
    INTROSPECTION_DISABLED,
    OPERATION_NOT_SUPPORTED,
    OPERATION_TOO_LARGE,
    PLAN_INFEASIBLE,
    RequestRefused,
    entry,
)
from c360_federation.execute.faults import Report, masked
from c360_federation.execute.runner import Executor, Gathered, StagedRun, run_event, run_plan
from c360_federation.execute.streams import StreamTransport
from c360_federation.execute.transport import (
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTransport,
)
from c360_federation.execute.weighing import AnswerLimits
from c360_federation.operation.cost import check_cost, estimate
from c360_federation.operation.deferring import split_deferred
from c360_federation.operation.discretion import discreet
from c360_federation.operation.filtering import Filtered, apply_policy
from c360_federation.operation.inlining import inline
from c360_federation.operation.limits import Limits
from c360_federation.operation.parsing import (
    ParsedOperation,
    ReadOperation,
    read_operation,
    validate_operation,
)
from c360_federation.operation.requirements import Requirements
from c360_federation.operation.variables import read_variables
from c360_federation.plan.model import Plan
from c360_federation.plan.placement import PlanInfeasible
from c360_federation.plan.planner import PlanRequest, make_plan
from c360_federation.policy import OPEN, Policy
from c360_federation.project.introspection import introspect, introspection_fields
from c360_federation.project.response_shape import Shown, compile_shape
from c360_federation.refusals import Refusals
from c360_federation.selection import Items
from c360_federation.subscribing import (
    OpenSubscriber,
    RequestedOperation,
    StreamParts,
    Subscriber,
    Subscription,
)
from c360_federation.supergraph.model import Supergraph
from c360_federation.supergraph.reading import read_supergraph
from c360_federation.values import Json, JsonObject

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Limits of one engine.

    `thread_seconds` tells the processor time of the calling thread. `undisturbed` is around what
    leaves circles of objects, so that a collection of garbage may be put off meanwhile.
    """

    timeout: float = 30.0
    limits: Limits = field(default_factory=Limits)
    answers: AnswerLimits = field(default_factory=AnswerLimits)
    parsed_kept: int = 1000
    compiled_kept: int = 2000
    plans_kept: int = 2000
    refusals_kept: int = 1000
    report: Report = masked
    thread_seconds: Callable[[], float] = time.thread_time
    undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext


_Slot: TypeAlias = tuple[
    tuple[str, str | None], tuple[bool, ...], frozenset[tuple[str, frozenset[str]]], Hashable
]
"""Document and operation, condition values, input coordinates by variable, policy key."""


_MUCH = 2_000
"""More objects than this are projected in a thread, so that others are heard meanwhile."""


class Engine:
    """Answers GraphQL requests over a supergraph.

    `compilations` counts the requests whose operation was not found decided and planned,
    `readings` those whose text had to be parsed.
    """

    def __init__(
        self,
        supergraph: str | Supergraph,
        transport: SubgraphTransport,
        settings: EngineSettings | None = None,
        streams: StreamTransport | None = None,
    ) -> None:
        self._streams = streams
        self.settings = settings or EngineSettings()
        self.supergraph = read_supergraph(supergraph) if isinstance(supergraph, str) else supergraph
        self._executor = Executor(
            transport, self.settings.timeout, self.settings.report, self.settings.answers
        )
        self.compilations = 0
        self.readings = 0
        self._requirements = Requirements(self.supergraph)
        kinds = ("query", "mutation", "subscription")
        self._input_limits = {kind: self.settings.limits.inputs(kind) for kind in kinds}
        self._parsed: Lru[tuple[str, str | None], ParsedOperation] = Lru(self.settings.parsed_kept)
        self._compiled: Lru[_Slot, CompiledOperation] = Lru(self.settings.compiled_kept)
        self._plans: Lru[PlanRequest, Plan] = Lru(self.settings.plans_kept)
        self._refusals = Refusals(self.settings.refusals_kept)
        # One text at a time: more threads would only take turns.
        self._aside = ThreadPoolExecutor(1, "c360-parse")

    def prepare(
        self,
        query: str,
        operation_name: str | None = None,
        variables: Mapping[str, Json] | None = None,
        policy: Policy = OPEN,
    ) -> Prepared:
        """Parse, check, decide and plan, or find all that done; raises RequestRefused."""
        try:
            return self._prepare(query, operation_name, variables or {}, policy)
        except RecursionError:
            raise _too_deep() from None
        except RequestRefused as refused:
            raise self._fitting(refused, query, policy) from None

    async def read_ahead(
        self, requested: RequestedOperation, policy: Policy, spend: Callable[[float], None]
    ) -> None:
        """Parse and check a long text in a thread, so that `prepare` finds it and takes less long.

        `spend` is told the seconds of processor time. Raises RequestRefused as `prepare` does.
        """
        key = (requested.query, requested.operation_name)
        if self._parsed.get(key) is not None:
            return
        spent: list[float] = []
        loop = asyncio.get_running_loop()
        try:
            parsed = await loop.run_in_executor(self._aside, self._parse_timed, requested, spent)
        except RecursionError:
            raise _too_deep() from None
        except RequestRefused as refused:
            raise self._fitting(refused, requested.query, policy) from None
        finally:
            spend(sum(spent))
        self._parsed.put(key, parsed)

    def _parse_timed(self, requested: RequestedOperation, spent: list[float]) -> ParsedOperation:
        began = self.settings.thread_seconds()
        try:
            return self._parse(requested.query, requested.operation_name, requested.variables or {})
        finally:
            spent.append(self.settings.thread_seconds() - began)

    def _fitting(self, refused: RequestRefused, query: str, policy: Policy) -> RequestRefused:
        """The refusal as this caller may see it."""
        shown = policy.introspection(self.supergraph.schema)
        if shown is self.supergraph.schema:
            return refused
        return RequestRefused([discreet(error, query, shown) for error in refused.errors])

    def _prepare(
        self,
        query: str,
        operation_name: str | None,
        variables: Mapping[str, Json],
        policy: Policy,
    ) -> Prepared:
        key = (query, operation_name)
        parsed = self._parsed.get(key)
        if parsed is None:
            parsed = self._parsed.put(key, self._parse(query, operation_name, variables))
        else:
            self._check_inputs(parsed.read, variables)
            if parsed.cost_variables:
                self._check_cost(parsed.read, variables)
        if not parsed.readers:
            return Prepared(self._compiled_for(key, parsed, {}, {}, policy), {})
        values, used = read_variables(parsed.readers, variables)
        return Prepared(self._compiled_for(key, parsed, values, used, policy), values)

    def _parse(
        self, query: str, operation_name: str | None, variables: Mapping[str, Json]
    ) -> ParsedOperation:
        with self._refusals.remembered(query, operation_name):
            read = self._read(query, operation_name)
            has_variables = bool(read.node.variable_definitions)
            self._check_inputs(read, {})
            cost_variables = frozenset[str]() if has_variables else self._check_cost(read, {})
        if has_variables:
            self._check_inputs(read, variables)
            cost_variables = self._check_cost(read, variables)
        with self._refusals.remembered(query, operation_name), self.settings.undisturbed():
            return validate_operation(
                self.supergraph.schema, read, cost_variables, self.settings.limits
            )

    def _read(self, query: str, operation_name: str | None) -> ReadOperation:
        self.readings += 1
        read = read_operation(query, operation_name, self.settings.limits)
        if read.node.operation.value not in self.supergraph.roots:
            message = f"There is no {read.node.operation.value} in this schema"
            raise RequestRefused([entry(OPERATION_NOT_SUPPORTED, message)])
        return read

    def _check_inputs(self, read: ReadOperation, variables: Mapping[str, Json]) -> None:
        read.inputs.check(self._input_limits[read.node.operation.value], variables)

    def _check_cost(self, read: ReadOperation, variables: Mapping[str, Json]) -> frozenset[str]:
        """Refuse what is too dear; tells the variables that the cost depends on."""
        limits = self.settings.limits
        if not limits.has_cost:
            return frozenset()
        found = estimate(self.supergraph, limits, read.node, read.fragments, variables)
        check_cost(found.cost, limits)
        return found.depends_on

    def _compiled_for(
        self,
        key: tuple[str, str | None],
        parsed: ParsedOperation,
        values: JsonObject,
        used: dict[str, frozenset[str]],
        policy: Policy,
    ) -> CompiledOperation:
        conditions = tuple([bool(values.get(name)) for name in parsed.condition_variables])
        slot = (key, conditions, frozenset(used.items()), policy.key)
        compiled = self._compiled.get(slot)
        if compiled is None:
            compiled = self._compile(parsed, values, used, policy)
            self.compilations += 1
            if compiled.introspected is None or not values:
                self._compiled.put(slot, compiled)
        return compiled

    def recent(self, count: int) -> list[Remembered]:
        """The operations that were used last, the last one first."""
        found: list[Remembered] = []
        for key, conditions, used, policy_key in self._compiled.newest(count):
            parsed = self._parsed.get(key)
            if parsed is not None:
                named = dict(zip(parsed.condition_variables, conditions, strict=True))
                found.append(Remembered(*key, named, dict(used), policy_key))
        return found

    def warm(self, operation: Remembered, policy: Policy) -> None:
        """Compile an operation before it is asked for; raises RequestRefused as `prepare` does."""
        key = (operation.query, operation.operation_name)
        conditions = dict(operation.conditions)
        parsed = self._parsed.get(key)
        if parsed is None:
            parsed = self._parsed.put(key, self._parse(*key, conditions))
        uses = dict(operation.variable_uses)
        self._compiled_for(key, parsed, conditions, uses, policy)

    def _compile(
        self,
        parsed: ParsedOperation,
        values: JsonObject,
        used: dict[str, frozenset[str]],
        policy: Policy,
    ) -> CompiledOperation:
        graph = self.supergraph
        items = inline(graph.schema, parsed, values, self.settings.limits.selections)
        introspected = self._introspect(parsed, items, values, policy)
        left = apply_policy(graph, self._requirements, policy, parsed.kind, items, used)
        root = graph.roots[parsed.kind]
        plan = self._plan(parsed, left.items)
        shown = Shown(graph, policy, plan, left.cut)
        deferral = None
        if parsed.defers and parsed.kind != "subscription":
            most = self.settings.limits.selections
            split = split_deferred(graph, parsed, values, most)
            deferral = compile_deferral(shown, root, split)
        return CompiledOperation(
            kind=parsed.kind,
            name=parsed.name,
            uses=left.uses,
            denied=left.denied,
            coordinates=_allowed_coordinates(left),
            denials=tuple(denial_entries(left.denied, left.lists)),
            plan=plan,
            shape=compile_shape(shown, root, items),
            introspected=introspected,
            deferral=deferral,
        )

    def _introspect(
        self, parsed: ParsedOperation, items: Items, values: JsonObject, policy: Policy
    ) -> JsonObject | None:
        selected = introspection_fields(items)
        if not selected:
            return None
        schema = policy.introspection(self.supergraph.schema)
        if schema is None:
            raise RequestRefused([entry(INTROSPECTION_DISABLED, "Introspection is not allowed")])
        return introspect(schema, selected, parsed.declarations, values)

    def _plan(self, parsed: ParsedOperation, items: Items) -> Plan:
        declarations = tuple(parsed.declarations.items())
        request = PlanRequest(parsed.kind, parsed.name, items, declarations)
        plan = self._plans.get(request)
        if plan is None:
            try:
                plan = self._plans.put(request, make_plan(self.supergraph, request))
            except PlanInfeasible as error:
                error_entry = entry(PLAN_INFEASIBLE, str(error), coordinate=error.coordinate)
                raise RequestRefused([error_entry]) from error
        return plan

    async def execute(self, prepared: Prepared, context: object = None) -> ExecutionResult:
        """Run a prepared request; what fails leaves nulls and errors, never an exception."""
        operation = prepared.operation
        if operation.kind == "subscription":
            error_entry = entry(OPERATION_NOT_SUPPORTED, "A subscription has more than one answer")
            return ExecutionResult(None, [error_entry], executed=False)
        gathered = Gathered()
        try:
            if operation.plan.fetches:
                plan, variables = operation.plan, prepared.variables
                gathered = await run_plan(self._executor, plan, variables, context)
            if gathered.objects > _MUCH:
                return await asyncio.to_thread(self._result, operation, gathered)
            return self._result(operation, gathered)
        except Exception as error:
            return _failed(error)

    async def execute_in_parts(
        self, prepared: Prepared, context: object = None
    ) -> AsyncGenerator[JsonObject, None]:
        """Run a request whose `@defer` fragments may come later: a payload per delivery."""
        operation = prepared.operation
        deferral = operation.deferral
        if deferral is None:
            yield (await self.execute(prepared, context)).payload()
            return
        run = StagedRun(self._executor, operation.plan, prepared.variables, context)
        delivery = Delivery(deferral, run)
        try:
            run.start(deferral.first)
            await run.wait(deferral.first)
            run.start(deferral.all)
            if run.gathered.too_large is not None:
                yield ExecutionResult(None, [run.gathered.too_large]).payload()
                return
            yield delivery.first(operation.denials, operation.introspected)
            async for payload in delivery.rest():
                if run.gathered.too_large is not None:
                    yield {"errors": [run.gathered.too_large], "hasNext": False}
                    return
                yield payload
        except Exception as error:
            yield {**_failed(error, executed=not delivery.has_begun).payload(), "hasNext": False}
        finally:
            await run.close()

    def subscribe(
        self, requested: RequestedOperation, subscriber: Subscriber | None = None
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The answers to a subscription, one per event; close it to end it.

        Raises RequestRefused when it cannot begin.
        """

        def prepare(policy: Policy) -> Prepared:
            return self.prepare(
                requested.query, requested.operation_name, requested.variables, policy
            )

        parts = StreamParts(prepare, self._open, self._answer_event)
        return Subscription(parts, subscriber or OpenSubscriber()).results()

    def _open(self, prepared: Prepared, context: object) -> AsyncGenerator[SubgraphResponse, None]:
        if self._streams is None or prepared.kind != "subscription":
            message = "This operation gives no events here"
            raise RequestRefused([entry(OPERATION_NOT_SUPPORTED, message)])
        if not prepared.plan.fetches:
            raise RequestRefused(list(prepared.operation.denials))
        fetch = prepared.plan.fetches[0]
        values = prepared.variables
        variables = {name: values[name] for name in fetch.variables if name in values}
        request = SubgraphRequest(fetch.query, variables, fetch.operation_name, fetch.operation)
        return self._streams.subscribe(fetch.subgraph, request, context)

    async def _answer_event(
        self, prepared: Prepared, plan: Plan, event: SubgraphResponse, context: object
    ) -> ExecutionResult:
        try:
            gathered = await run_event(self._executor, plan, event, prepared.variables, context)
            return self._result(prepared.operation, gathered)
        except Exception as error:
            return _failed(error)

    def _result(self, operation: CompiledOperation, gathered: Gathered) -> ExecutionResult:
        if gathered.too_large is not None:
            return ExecutionResult(None, [gathered.too_large])
        if operation.introspected:
            gathered.data.update(operation.introspected)
        problems = operation.shape.problems()
        data = operation.shape.apply(gathered.data, problems)
        if gathered.faults:
            problems.report_unmet(gathered.faults, data)
        return ExecutionResult(data, [*operation.denials, *problems.finish()])

    async def run(
        self,
        query: str,
        operation_name: str | None = None,
        variables: Mapping[str, Json] | None = None,
        policy: Policy = OPEN,
        context: object = None,
    ) -> ExecutionResult:
        """Prepare and execute; never raises: a refused request is a result without data."""
        try:
            prepared = self.prepare(query, operation_name, variables, policy)
        except RequestRefused as refused:
            return ExecutionResult(None, refused.errors, executed=False)
        except Exception as error:
            return _failed(error, executed=False)
        return await self.execute(prepared, context)


def _too_deep() -> RequestRefused:
    return RequestRefused([entry(OPERATION_TOO_LARGE, "The operation is nested too deeply")])


def _failed(error: Exception, *, executed: bool = True) -> ExecutionResult:
    """The answer when the engine itself is at fault; what it stumbled over may be personal."""
    _log.error("an operation failed: %s", type(error).__name__)
    error_entry = entry(INTERNAL_SERVER_ERROR, "Internal error")
    return ExecutionResult(None, [error_entry], executed)


def _allowed_coordinates(left: Filtered) -> frozenset[str]:
    refused = {denied.use for denied in left.denied}
    return frozenset(use.coordinate for use in left.uses if use not in refused)
