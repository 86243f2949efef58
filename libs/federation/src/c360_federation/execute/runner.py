"""Runs a plan: fetches side by side, each starting when the answers it needs are there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from c360_federation.errors import SUBGRAPH_ERROR
from c360_federation.execute.deadline import Deadline, is_being_cancelled
from c360_federation.execute.faults import Report, masked
from c360_federation.execute.gathering import Gathered, Outcome
from c360_federation.execute.objects import objects_at
from c360_federation.execute.representations import Batch, batch_of
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphTransport,
    TransportError,
    Weight,
)
from c360_federation.execute.weighing import AnswerBudget, AnswerLimits, weigh
from c360_federation.plan.model import Fetch, Plan
from c360_federation.values import Json, JsonObject

_Task: TypeAlias = "asyncio.Task[None]"


@dataclass(frozen=True, slots=True)
class Executor:
    """Where requests go, how long one may take, and how errors are told."""

    transport: SubgraphTransport
    timeout: float = 30.0
    report: Report = masked
    answers: AnswerLimits = field(default_factory=AnswerLimits)


def run_plan(
    executor: Executor, plan: Plan, variables: Mapping[str, Json], context: object
) -> Awaitable[Gathered]:
    """Run all fetches; what fails leaves an error and a hole, never an exception."""
    return _Run(executor, variables, context).all(plan)


async def run_event(
    executor: Executor,
    plan: Plan,
    event: SubgraphResponse,
    variables: Mapping[str, Json],
    context: object,
) -> Gathered:
    """Run what a plan does after its first fetch, a subscription, has given an event."""
    run = _Run(executor, variables, context)
    with suppress(SubgraphReplyTooLarge):
        run.take_event(plan.fetches[0], event)
        if len(plan.fetches) > 1 and run.gathered.data:
            await run.all(Plan(plan.fetches[1:]))
    return run.gathered


class StagedRun:
    """Runs a plan in stages; close it to give up what is still under way."""

    def __init__(
        self, executor: Executor, plan: Plan, variables: Mapping[str, Json], context: object
    ) -> None:
        self._plan = plan
        self._run = _Run(executor, variables, context)
        self._tasks: dict[int, _Task] = {}

    @property
    def gathered(self) -> Gathered:
        """What has come so far."""
        return self._run.gathered

    def start(self, wanted: frozenset[int]) -> None:
        """Start fetches; those they depend on have to be among them or started before."""
        for fetch in self._plan.fetches:
            if fetch.id in wanted and fetch.id not in self._tasks:
                sources = [self._tasks[number] for number in fetch.depends_on]
                task = asyncio.ensure_future(self._run.fetch_after(fetch, sources))
                self._tasks[fetch.id] = task

    def is_done(self, wanted: frozenset[int]) -> bool:
        """Whether these fetches have ended."""
        return all(self._tasks[number].done() for number in wanted)

    async def wait_for_more(self) -> None:
        """Wait until one more fetch has ended."""
        waiting = [task for task in self._tasks.values() if not task.done()]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)

    async def wait(self, wanted: frozenset[int]) -> None:
        """Wait until these fetches have ended."""
        while not self.is_done(wanted):
            await self.wait_for_more()

    async def close(self) -> None:
        """Cancel what is under way."""
        await _cancel(self._tasks.values())


class _Run:
    def __init__(self, executor: Executor, variables: Mapping[str, Json], context: object) -> None:
        self._executor = executor
        self._variables = variables
        self._context = context
        self._budget = AnswerBudget(executor.answers)
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + executor.answers.seconds
        self.gathered = Gathered()

    async def all(self, plan: Plan) -> Gathered:
        """Run the fetches of a plan; what is too large ends them."""
        try:
            # What everything else waits for needs no task of its own.
            for one in plan.alone:
                await self.fetch(one)
            if plan.rest:
                await self._together(plan.rest)
        except SubgraphReplyTooLarge:
            pass
        return self.gathered

    async def _together(self, fetches: Sequence[Fetch]) -> None:
        """A task for each but the last, which runs here: what it waits for comes before it."""
        tasks: dict[int, _Task] = {}
        *others, last = fetches
        for fetch in others:
            waiting = self.fetch_after(fetch, _sources(fetch, tasks))
            tasks[fetch.id] = asyncio.ensure_future(waiting)
        try:
            await self.fetch_after(last, _sources(last, tasks))
            for task in tasks.values():
                await task
        except BaseException:
            await _cancel(tasks.values())
            raise

    def take_event(self, fetch: Fetch, event: SubgraphResponse) -> None:
        outcome = Outcome(fetch, self._executor.report, self.gathered)
        try:
            self._spend(fetch, outcome, event)
            outcome.take(event)
        except SubgraphReplyTooLarge:
            self.gathered.end(self._budget.error())
            raise
        except Exception:
            outcome.failed(SubgraphBadReply.code, SubgraphBadReply.public_message)

    async def fetch_after(self, fetch: Fetch, sources: list[_Task]) -> None:
        for source in sources:
            if not source.done():
                await source
        await self.fetch(fetch)

    async def fetch(self, fetch: Fetch) -> None:
        outcome = Outcome(fetch, self._executor.report, self.gathered)
        try:
            variables = self._variables_of(fetch, outcome)
            if fetch.calls and not outcome.entities:
                return
            response = await self._send(fetch, variables, outcome)
            if response is not None:
                self._spend(fetch, outcome, response)
                outcome.take(response)
        except SubgraphReplyTooLarge:
            # Whoever asked for too much gets none of it, and its memory is free at once.
            self.gathered.end(self._budget.error())
            raise
        except Exception:
            # Whatever is wrong with a reply (nested without end, say), it stays with its fetch.
            outcome.failed(SubgraphBadReply.code, SubgraphBadReply.public_message)

    def _variables_of(self, fetch: Fetch, outcome: Outcome) -> JsonObject:
        variables: JsonObject = {}
        for name in fetch.variables:
            if name in self._variables:
                variables[name] = self._variables[name]
        for call in fetch.calls:
            batch = batch_of(call, objects_at(self.gathered.data, call.path))
            variables[call.variable] = batch.representations
            outcome.begin(call, batch)
        return variables

    def _spend(self, fetch: Fetch, outcome: Outcome, response: SubgraphResponse) -> None:
        """Count what came, with an entity once for each place where it goes."""
        # Entities, and the object that lists them, are in the answer already.
        known = outcome.entities + 1 if fetch.calls else 0
        self._budget.spend_answer(response, known)
        self.gathered.objects = self._budget.objects
        if outcome.is_shared and isinstance(response.data, dict):
            for call, batch in zip(fetch.calls, outcome.batches, strict=True):
                if batch.is_shared:
                    self._spend_copies(response.data.get(call.alias), batch)

    def _spend_copies(self, entities: Json, batch: Batch) -> None:
        if not isinstance(entities, list) or len(entities) != len(batch.holders):
            return
        for entity, holders in zip(entities, batch.holders, strict=True):
            copies = len(holders) - 1
            if copies:
                objects, size = weigh(entity)
                self._budget.spend(Weight(objects * copies, size * copies), copies)

    async def _send(
        self, fetch: Fetch, variables: JsonObject, outcome: Outcome
    ) -> SubgraphResponse | None:
        request = SubgraphRequest(fetch.query, variables, fetch.operation_name, fetch.operation)
        executor, seconds = self._executor, self._executor.timeout
        # What is written runs to its end; what is read, no longer than the request may take.
        if fetch.operation != "mutation" and seconds > (left := self._ends_at - self._loop.time()):
            seconds = max(0.0, left)
        try:
            with Deadline(seconds):
                return await executor.transport.execute(fetch.subgraph, request, self._context)
        except TimeoutError:
            outcome.failed(SubgraphTimeout.code, SubgraphTimeout.public_message)
        except SubgraphReplyTooLarge:
            raise
        except TransportError as error:
            outcome.failed(error.code, error.public_message)
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            # The transport gave up by itself; nobody has asked us to.
            outcome.failed(SUBGRAPH_ERROR, "failed")
        except Exception:
            outcome.failed(SUBGRAPH_ERROR, "failed")
        return None


def _sources(fetch: Fetch, tasks: Mapping[int, _Task]) -> list[_Task]:
    return [tasks[number] for number in fetch.depends_on if number in tasks]


async def _cancel(tasks: Collection[_Task]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
