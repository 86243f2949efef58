"""Time-outs, retries of reads and a circuit breaker, per subgraph."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from c360_federation.execute.deadline import Deadline
from c360_federation.execute.steadying.breaker import (
    BreakerSettings,
    CircuitBreaker,
    CircuitState,
)
from c360_federation.execute.steadying.retries import RetryBudget, RetrySettings
from c360_federation.execute.transport import (
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphTransport,
    SubgraphUnreachable,
)


@dataclass(frozen=True, slots=True)
class SteadySettings:
    """How one subgraph is treated; without `breaker` it is never left alone."""

    timeout: float = 10.0
    retries: RetrySettings = field(default_factory=RetrySettings)
    breaker: BreakerSettings | None = field(default_factory=BreakerSettings)


class SteadyTransport:
    """A transport that does not let one subgraph's trouble become everyone's.

    Only reads that found no subgraph are sent again: after a time-out the subgraph may still be
    busy with the first one. `overrides` are the subgraphs that are treated differently.
    """

    def __init__(
        self,
        inner: SubgraphTransport,
        settings: SteadySettings | None = None,
        overrides: Mapping[str, SteadySettings] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._settings = settings or SteadySettings()
        self._overrides = dict(overrides or {})
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Send a request as often as it takes and is allowed."""
        lane = self._lane(subgraph)
        lane.budget.earn()
        attempt = 0
        while True:
            try:
                return await self._once(lane, subgraph, request, context)
            except SubgraphUnreachable:
                if not lane.may_retry(request, attempt):
                    raise
            await asyncio.sleep(lane.settings.retries.pause_before(attempt))
            attempt += 1

    def state(self, subgraph: str) -> CircuitState:
        """What the breaker of a subgraph does with the next request."""
        breaker = self._lane(subgraph).breaker
        return CircuitState.CLOSED if breaker is None else breaker.state

    def _lane(self, subgraph: str) -> _Lane:
        lane = self._lanes.get(subgraph)
        if lane is None:
            settings = self._overrides.get(subgraph, self._settings)
            lane = self._lanes[subgraph] = _Lane(settings, self._clock)
        return lane

    async def _once(
        self, lane: _Lane, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        breaker = lane.breaker
        if breaker is None:
            return await self._timed(lane, subgraph, request, context)
        is_trial = breaker.admit()
        try:
            response = await self._timed(lane, subgraph, request, context)
        except SubgraphReplyTooLarge:
            breaker.succeeded(is_trial=is_trial)
            raise
        except Exception:
            breaker.failed(is_trial=is_trial)
            raise
        except BaseException:
            breaker.undecided(is_trial=is_trial)
            raise
        breaker.succeeded(is_trial=is_trial)
        return response

    async def _timed(
        self, lane: _Lane, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        try:
            with Deadline(lane.settings.timeout):
                return await self._inner.execute(subgraph, request, context)
        except TimeoutError as error:
            raise SubgraphTimeout("No answer in time") from error


class _Lane:
    """Everything remembered about one subgraph."""

    def __init__(self, settings: SteadySettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.budget = RetryBudget(settings.retries)
        self.breaker = CircuitBreaker(settings.breaker, clock) if settings.breaker else None

    def may_retry(self, request: SubgraphRequest, attempt: int) -> bool:
        if request.operation != "query" or attempt >= self.settings.retries.attempts:
            return False
        return self.budget.spend()
