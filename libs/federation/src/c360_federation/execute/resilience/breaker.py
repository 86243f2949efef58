"""A circuit breaker: a subgraph that mostly fails is left alone for a while, then tried."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from c360_federation.execute.transport import SubgraphCircuitOpen

_BUCKETS = 10


class CircuitState(Enum):
    """What a breaker does with the next request."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When to open: at least `volume` requests within `window` seconds, `threshold` of them failed.

    After `reset` seconds up to `trials` requests may try; as many successes close it again, and
    one failure opens it for as long again.
    """

    threshold: float = 0.5
    volume: int = 20
    window: float = 10.0
    reset: float = 5.0
    trials: int = 3


@dataclass(slots=True)
class _Bucket:
    number: int
    total: int = 0
    failed: int = 0


class CircuitBreaker:
    """The breaker of one subgraph; `clock` tells seconds."""

    def __init__(self, settings: BreakerSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._per_s = _BUCKETS / settings.window
        self._buckets: deque[_Bucket] = deque()
        self._opened_at: float | None = None
        self._trying = 0
        self._passed = 0

    @property
    def state(self) -> CircuitState:
        """The state of the moment."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        is_waiting = self._clock() - self._opened_at < self._settings.reset
        return CircuitState.OPEN if is_waiting else CircuitState.HALF_OPEN

    def admit(self) -> bool:
        """Let a request through; tells whether it is a trial. Raises SubgraphCircuitOpen."""
        if self._opened_at is None:
            return False
        if self.state is CircuitState.OPEN or self._trying >= self._settings.trials:
            raise SubgraphCircuitOpen("Left alone after too many failures")
        self._trying += 1
        return True

    def succeeded(self, *, is_trial: bool) -> None:
        """The subgraph answered."""
        if not is_trial:
            self._bucket().total += 1
            return
        self._trying -= 1
        if self._opened_at is not None:
            self._passed += 1
            if self._passed >= self._settings.trials:
                self._close()

    def failed(self, *, is_trial: bool) -> None:
        """The subgraph did not answer."""
        if is_trial:
            self._trying -= 1
            self._open()
        elif self._opened_at is None:
            bucket = self._bucket()
            bucket.total += 1
            bucket.failed += 1
            if self._is_bad():
                self._open()

    def undecided(self, *, is_trial: bool) -> None:
        """The request was given up for reasons of ours."""
        if is_trial:
            self._trying -= 1

    def _open(self) -> None:
        self._opened_at = self._clock()
        self._passed = 0

    def _close(self) -> None:
        self._opened_at = None
        self._buckets.clear()

    def _bucket(self) -> _Bucket:
        """What is counted in now."""
        number = int(self._clock() * self._per_s)
        buckets = self._buckets
        if not buckets or buckets[-1].number != number:
            buckets.append(_Bucket(number))
            while buckets[0].number <= number - _BUCKETS:
                buckets.popleft()
        return buckets[-1]

    def _is_bad(self) -> bool:
        total = sum(one.total for one in self._buckets)
        failed = sum(one.failed for one in self._buckets)
        return total >= self._settings.volume and failed >= self._settings.threshold * total
