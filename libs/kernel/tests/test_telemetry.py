"""Spans carry the trace on, exported or not, and never an exception's text."""

from __future__ import annotations

import pytest
from c360_kernel.otlp import OtlpTracer
from c360_kernel.telemetry import NoTracer, current_traceparent, new_traceparent, trace_id
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def test_without_telemetry_the_trace_is_carried_on() -> None:
    parent = new_traceparent()
    with NoTracer().span("query", parent):
        assert current_traceparent() == parent
    assert current_traceparent() == ""


def test_exported_spans_join_the_callers_trace_and_hold_no_exception_text() -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 1.0, exporter)
    parent = new_traceparent()
    with pytest.raises(ValueError), tracer.span("query", parent) as span:
        span.set_attribute("c360.operation", "query")
        assert trace_id(current_traceparent()) == trace_id(parent)
        raise ValueError("13800138000")
    tracer.close()
    (finished,) = exporter.get_finished_spans()
    assert f"{finished.context.trace_id:032x}" == trace_id(parent)
    assert "13800138000" not in finished.to_json()
