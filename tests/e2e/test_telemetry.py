"""One trace from a connector's call to the query that sees its effect, over four processes."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from c360_cli.topology import NAMES
from tests.e2e.conftest import UPSERT
from tests.e2e.otlp import ReceivedSpan, Receiver
from tests.e2e.running import ANSWER_S, Running

PHONE, EMAIL, NAME, KEY = "13812340987", "canary.mail@example.com", "Kanari Vogel", "canary-key-1"
CANARIES = (PHONE, EMAIL, NAME, KEY, "canary.mail")
RECORD = {
    "source": "crm",
    "key": KEY,
    "traits": {"name": NAME, "phone": PHONE, "email": EMAIL, "loyaltyTier": "gold"},
}
ASK = """query($key: String!) { customerByRecord(source: "crm", key: $key) {
  identifiers { phone } profile { name phone } segments { name } } }"""
LIST = "{ customers { edges { node { id profile { name phone } } } } }"
SERVICES = ("identity", "profile", "segment")


@dataclass(frozen=True)
class Traced:
    """What a run in which one trace went all the way left behind."""

    trace_id: str
    answer: dict[str, Any]
    spans: list[ReceivedSpan]
    bodies: list[bytes]
    metrics: dict[str, str]

    def of_trace(self, service: str) -> list[ReceivedSpan]:
        return [
            span
            for span in self.spans
            if (span.trace_id, span.service) == (self.trace_id, f"c360-{service}")
        ]


def call(running: Running, role: str, trace_id: str, query: str, variables: object) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {running.token(role)}",
        "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01",
    }
    request = urllib.request.Request(f"{running.url}/graphql", body, headers)
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
        return json.load(answer)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_S) as answer:
        return answer.read().decode()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    trace_id = secrets.token_hex(16)
    data = tmp_path_factory.mktemp("traced")
    with Receiver() as receiver:
        env = {"C360_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with Running(data, "--processes", env=env) as running:
            variables = {"records": [RECORD], "wait": "PROFILE"}
            call(running, "connector", trace_id, UPSERT, variables)
            running.settle()
            answer = call(running, "privacy_officer", trace_id, ASK, {"key": KEY})
            call(running, "marketing_analyst", secrets.token_hex(16), LIST, {})
            names = ("gateway", *NAMES)
            metrics = {name: scrape(running.port + n) for n, name in enumerate(names)}
        bodies = list(receiver.bodies)
        yield Traced(trace_id, answer, list(receiver.spans()), bodies, metrics)


def test_the_query_saw_what_the_connector_sent(traced: Traced) -> None:
    customer = traced.answer["data"]["customerByRecord"]
    assert customer["profile"] == {"name": NAME, "phone": f"+86{PHONE}"}
    assert {"name": "gold_members"} in customer["segments"]


def test_one_trace_goes_through_log_and_services_to_the_query(traced: Traced) -> None:
    gateway = [span.name for span in traced.of_trace("gateway")]
    assert gateway.count("graphql") == 2
    for service in SERVICES:
        names = {span.name for span in traced.of_trace(service)}
        assert names >= {f"{service} batch", "subgraph request"}, service
        assert f"subgraph {service}" in gateway


def test_a_subgraphs_span_is_the_child_of_the_gateways_request(traced: Traced) -> None:
    variables = {span.span_id: span for span in traced.of_trace("gateway")}
    for service in SERVICES:
        answered = [s for s in traced.of_trace(service) if s.name == "subgraph request"]
        assert {variables[span.parent_id].name for span in answered} == {f"subgraph {service}"}


def test_a_batch_is_the_child_of_the_operation_that_caused_it(traced: Traced) -> None:
    operations = {s.span_id for s in traced.of_trace("gateway") if s.name == "graphql"}
    for service in SERVICES:
        batches = [s for s in traced.of_trace(service) if s.name == f"{service} batch"]
        assert {span.parent_id for span in batches} <= operations


def test_each_process_tells_its_own_metrics(traced: Traced) -> None:
    gateway = traced.metrics["gateway"]
    assert 'c360_requests_total{code="OK"} 2' in gateway
    # The analyst is told nothing of so few customers.
    assert 'c360_requests_total{code="PARTIAL"} 1' in gateway
    assert 'c360_denials_total{code="FIELD_DENIED"}' in gateway
    assert 'c360_consumer_lag{topic="audit",group="audit"}' in traced.metrics["audit"]
    for service in SERVICES:
        output = traced.metrics[service]
        assert f'c360_entries_handled_total{{group="{service}"}}' in output
        assert f',group="{service}"}} 0' in output
    assert "c360_resolution_seconds_count 0" not in traced.metrics["identity"]
    assert "c360_resolution_seconds_count 0" in traced.metrics["profile"]


def test_no_span_and_no_metric_holds_a_value_of_the_customer(traced: Traced) -> None:
    assert len(traced.bodies) >= len(SERVICES)
    for canary in CANARIES:
        assert not [body for body in traced.bodies if canary.encode() in body]
        assert not [text for text in traced.metrics.values() if canary in text]


def test_the_audit_log_is_fed(traced: Traced) -> None:
    handled = [span for span in traced.spans if span.name == "audit batch"]
    assert {span.service for span in handled} == {"c360-audit"}
