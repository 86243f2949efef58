"""Spans carry the trace on, exported or not, and never an exception's text."""

from __future__ import annotations

import pytest
from c360_kernel.otlp import OtlpTracer
from c360_kernel.telemetry import (
    NoTracer,
    believed,
    current_traceparent,
    new_traceparent,
    trace_id,
)
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


def traced(batch: int) -> tuple[list[str], InMemorySpanExporter]:
    """The traces of a batch of so many, and the spans that one tracer made of it."""
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 1.0, exporter)
    traces = [new_traceparent() for _ in range(batch)]
    with tracer.batch("identity batch", [*traces, *traces, "", "not a traceparent"]) as span:
        span.set_attribute("c360.entries", batch)
    tracer.close()
    return traces, exporter


def test_each_of_a_few_traces_has_its_own_span_of_the_batch() -> None:
    traces, exporter = traced(3)
    spans = exporter.get_finished_spans()
    parents = {
        f"{one.parent.trace_id:032x}-{one.parent.span_id:016x}" for one in spans if one.parent
    }
    assert parents == {trace[3:52] for trace in traces}
    assert all(one.attributes == {"c360.entries": 3} for one in spans)


def test_many_traces_share_one_span_that_links_to_them() -> None:
    traces, exporter = traced(20)
    (span,) = exporter.get_finished_spans()
    assert span.parent is None
    linked = {f"{link.context.trace_id:032x}" for link in span.links}
    assert {trace_id(trace) for trace in traces} <= linked


def test_a_batch_without_a_trace_begins_one() -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 1.0, exporter)
    with tracer.batch("identity batch", ["", ""]):
        pass
    tracer.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


def test_what_is_not_sampled_at_the_head_is_not_sampled_below() -> None:
    exporter = InMemorySpanExporter()
    tracer = OtlpTracer("test", "", 0.0, exporter)
    with tracer.span("query"):
        unsampled = current_traceparent()
        assert trace_id(unsampled)
        with tracer.batch("identity batch", [unsampled]):
            pass
    tracer.close()
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    "sent",
    ["", "13800138000", f"00-{'1' * 32}-{'2' * 16}-01\r\nx: y", f"00-{'G' * 32}-{'2' * 16}-01"],
)
def test_what_is_no_traceparent_is_not_believed(sent: str) -> None:
    assert believed(sent) == ""
    assert trace_id(sent) == ""
