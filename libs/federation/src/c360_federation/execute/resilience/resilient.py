"""Time-outs, retries of reads and a circuit breaker, per subgraph."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from c360_federation.execute.deadline import Deadline
from c360_federation.execute.resilience.breaker import (
    BreakerSettings,
    CircuitBreaker,
    CircuitState,
)
from c360_federation.execute.resilience.retries import RetryBudget, RetrySettings
from c360_federation.execute.transport import (
    SubgraphReplyTooLarge,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphTransport,
    SubgraphUnreachable,
)


@dataclass(frozen=True, slots=True)
class ResilienceSettings:
    """How one subgraph is treated; without `breaker` it is never left alone."""

    timeout: float = 10.0
    retries: RetrySettings = field(default_factory=RetrySettings)
    breaker: BreakerSettings | None = field(default_factory=BreakerSettings)


_NEVER_OPENS = BreakerSettings(threshold=math.inf)


class ResilientTransport:
    """A transport that does not let one subgraph's trouble become everyone's.

    Only reads that found no subgraph are sent again: after a time-out the subgraph may still be
    busy with the first one. `overrides` are the subgraphs that are treated differently.
    """

    def __init__(
        self,
        inner: SubgraphTransport,
        settings: ResilienceSettings | None = None,
        overrides: Mapping[str, ResilienceSettings] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._settings = settings or ResilienceSettings()
        self._overrides = dict(overrides or {})
        self._clock = clock
        self._health: dict[str, _SubgraphHealth] = {}

    async def execute(
        self, subgraph: str, request: SubgraphRequest, context: object
    ) -> SubgraphResponse:
        """Send a request as often as it takes and is allowed."""
        health = self._health.get(subgraph) or self._health_of(subgraph)
        health.budget.earn()
        attempt = 0
        while True:
            try:
                with _Attempt(health.settings.timeout, health.breaker):
                    return await self._inner.execute(subgraph, request, context)
            except SubgraphUnreachable:
                if not health.may_retry(request, attempt):
                    raise
            await asyncio.sleep(health.settings.retries.pause_before(attempt))
            attempt += 1

    def state(self, subgraph: str) -> CircuitState:
        """What the breaker of a subgraph does with the next request."""
        return self._health_of(subgraph).breaker.state

    def _health_of(self, subgraph: str) -> _SubgraphHealth:
        health = self._health.get(subgraph)
        if health is None:
            settings = self._overrides.get(subgraph, self._settings)
            health = self._health[subgraph] = _SubgraphHealth(settings, self._clock)
        return health


class _Attempt(Deadline):
    """Around one try: it is let through, has its time, and the breaker is told how it ended."""

    __slots__ = ("_breaker", "_is_trial")

    def __init__(self, seconds: float, breaker: CircuitBreaker) -> None:
        self._seconds = seconds
        self._breaker = breaker

    def __enter__(self) -> None:
        self._is_trial = self._breaker.admit()
        super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        except TimeoutError as late:
            kind, error = TimeoutError, late
        breaker, is_trial = self._breaker, self._is_trial
        if kind is None or issubclass(kind, SubgraphReplyTooLarge):
            breaker.succeeded(is_trial=is_trial)
        elif not issubclass(kind, Exception):
            breaker.undecided(is_trial=is_trial)
        else:
            breaker.failed(is_trial=is_trial)
            if issubclass(kind, TimeoutError):
                raise SubgraphTimeout("No answer in time") from error


class _SubgraphHealth:
    """Everything remembered about one subgraph."""

    def __init__(self, settings: ResilienceSettings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.budget = RetryBudget(settings.retries)
        self.breaker = CircuitBreaker(settings.breaker or _NEVER_OPENS, clock)

    def may_retry(self, request: SubgraphRequest, attempt: int) -> bool:
        if request.operation != "query" or attempt >= self.settings.retries.attempts:
            return False
        return self.budget.spend()
