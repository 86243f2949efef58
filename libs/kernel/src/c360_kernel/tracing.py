"""The tracer that the settings ask for."""

from __future__ import annotations

from c360_kernel.telemetry import NO_TRACER, Tracer


def open_tracer(service: str, endpoint: str | None, sample: float) -> Tracer:
    """One that exports to `endpoint`; without it, one that only carries traces on."""
    if endpoint is None:
        return NO_TRACER
    from c360_kernel.otlp import OtlpTracer  # noqa: PLC0415 - half a second when unused

    return OtlpTracer(service, endpoint, sample)
