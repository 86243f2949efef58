"""Spans over OTLP/HTTP, sampled at the head. Imported only when telemetry is on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from c360_kernel.telemetry import Span, operation

_PROPAGATOR = TraceContextTextMapPropagator()


class OtlpTracer:
    """A Tracer that exports; `exporter` stands in for OTLP where a test reads the spans."""

    def __init__(
        self, service: str, endpoint: str, sample: float, exporter: SpanExporter | None = None
    ) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(sample)),
            resource=Resource.create({"service.name": f"c360-{service}"}),
        )
        target = exporter or OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(target))
        self._tracer = self._provider.get_tracer("c360")

    @contextmanager
    def span(self, name: str, traceparent: str = "") -> Generator[Span]:
        """See `Tracer.span`. Exceptions are noted by type only: their text may hold a value."""
        parent = _PROPAGATOR.extract({"traceparent": traceparent})
        with (
            self._tracer.start_as_current_span(
                name, context=parent, record_exception=False, set_status_on_exception=False
            ) as span,
            operation(_traceparent(span)),
        ):
            yield span

    def close(self) -> None:
        """See `Tracer.close`."""
        self._provider.shutdown()


def _traceparent(span: trace.Span) -> str:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span))
    return carrier.get("traceparent", "")
