"""Spans over OTLP/HTTP, sampled at the head. Imported only when telemetry is on."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from typing_extensions import override

from c360_kernel.telemetry import Attribute, Span, Tracer, believed, operation

_PROPAGATOR = TraceContextTextMapPropagator()
_FEW = 8
"""More traces than this are not followed through a batch one by one."""
_LINKS = 128


class OtlpTracer(Tracer):
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
        """Exceptions are noted by type only: their text may hold a value."""
        span = self._tracer.start_span(name, context=_context(traceparent))
        with _ending([span]), operation(_traceparent(span)):
            yield span

    @override
    @contextmanager
    def batch(self, name: str, traceparents: Iterable[str]) -> Generator[Span]:
        distinct = list(dict.fromkeys(filter(None, map(believed, traceparents))))
        spans = self._followed(name, distinct) or [self._linked(name, distinct)]
        with _ending(spans):
            yield _Together(spans)

    @override
    def close(self) -> None:
        self._provider.shutdown()

    def _followed(self, name: str, traceparents: Sequence[str]) -> list[trace.Span]:
        if len(traceparents) > _FEW:
            return []
        return [self._tracer.start_span(name, context=_context(one)) for one in traceparents]

    def _linked(self, name: str, traceparents: Sequence[str]) -> trace.Span:
        links = [
            trace.Link(trace.get_current_span(_context(one)).get_span_context())
            for one in traceparents[:_LINKS]
        ]
        return self._tracer.start_span(name, context=Context(), links=links)


class _Together:
    """The spans of one batch, noted alike."""

    def __init__(self, spans: Sequence[trace.Span]) -> None:
        self._spans = spans

    def set_attribute(self, key: str, value: Attribute) -> None:
        for span in self._spans:
            span.set_attribute(key, value)


@contextmanager
def _ending(spans: Sequence[trace.Span]) -> Generator[None]:
    try:
        yield
    except Exception as error:
        for span in spans:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        for span in spans:
            span.end()


def _context(traceparent: str) -> Context:
    """The context that `traceparent` names; an empty one makes a new trace."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, Context())


def _traceparent(span: trace.Span) -> str:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent", "")
