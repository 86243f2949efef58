"""Transports around a transport: time-outs, retries, circuit breaking, equal reads made once."""

from c360_federation.execute.steadying.breaker import BreakerSettings, CircuitBreaker, CircuitState
from c360_federation.execute.steadying.retries import RetrySettings
from c360_federation.execute.steadying.sharing import SharingTransport
from c360_federation.execute.steadying.steady import SteadySettings, SteadyTransport

__all__ = [
    "BreakerSettings",
    "CircuitBreaker",
    "CircuitState",
    "RetrySettings",
    "SharingTransport",
    "SteadySettings",
    "SteadyTransport",
]
