"""Transports around a transport: time-outs, retries, circuit breaking, equal reads made once."""

from c360_federation.execute.resilience.breaker import BreakerSettings, CircuitBreaker, CircuitState
from c360_federation.execute.resilience.resilient import ResilienceSettings, ResilientTransport
from c360_federation.execute.resilience.retries import RetrySettings
from c360_federation.execute.resilience.single_flight import SingleFlightTransport

__all__ = [
    "BreakerSettings",
    "CircuitBreaker",
    "CircuitState",
    "ResilienceSettings",
    "ResilientTransport",
    "RetrySettings",
    "SingleFlightTransport",
]
