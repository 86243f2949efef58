"""What operators see of an operation: one trace, counts by code, and never a value."""

import httpx
from c360_kernel.log.topics import AUDIT, RECORDS
from c360_kernel.metrics import (
    DENIALS,
    PLAN_CACHE_HITS,
    PLAN_CACHE_MISSES,
    REQUEST_SECONDS,
    REQUESTS,
)
from c360_kernel.otlp import OtlpTracer
from c360_kernel.telemetry import new_traceparent, trace_id
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

CUSTOMERS = "{ customers { edges { node { id profile { name phone email } } } } }"
UPSERT = """mutation($records: [RecordInput!]!) {
  upsertRecords(records: $records) { results { status code } } }"""


class Traced:
    """A tracer whose spans stay here."""

    def __init__(self, sample=1.0):
        self.exporter = InMemorySpanExporter()
        self.tracer = OtlpTracer("gateway", "", sample, self.exporter)

    def spans(self):
        self.tracer.close()
        return {span.name: span for span in self.exporter.get_finished_spans()}


def growth(counter, *labels):
    before = counter.value(*labels)
    return lambda: counter.value(*labels) - before


async def scraped(world):
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get("/metrics")


async def entries(world, topic):
    return [e for p in await world.log.ends([topic]) for e in await world.log.read(p, 0, 10)]


async def test_one_trace_holds_the_operation_its_fetches_and_its_entries(make_world):
    traced = Traced()
    world = await make_world(tracer=traced.tracer)
    caller = new_traceparent()
    token = world.token("privacy_officer")
    await world.post({"query": CUSTOMERS}, token, traceparent=caller)
    (audited,) = await entries(world, AUDIT)
    spans = traced.spans()
    operation, fetch = spans["graphql"], spans["subgraph profiles"]
    assert f"{operation.context.trace_id:032x}" == trace_id(caller)
    assert f"{operation.parent.span_id:016x}" == caller.split("-")[2]
    assert fetch.parent.span_id == operation.context.span_id
    assert audited.traceparent.split("-")[1:3] == [
        trace_id(caller),
        f"{operation.context.span_id:016x}",
    ]


async def test_a_collected_entry_carries_the_trace_of_its_call(make_world):
    world = await make_world(tracer=Traced().tracer)
    caller = new_traceparent()
    record = {"source": "crm", "key": "1", "traits": {"name": "Ann"}}
    body = {"query": UPSERT, "variables": {"records": [record]}}
    await world.post(body, world.token("connector", sources=["crm"]), traceparent=caller)
    (entry,) = await entries(world, RECORDS)
    assert trace_id(entry.traceparent) == trace_id(caller)


async def test_without_telemetry_the_trace_is_carried_on_all_the_same(world):
    caller = new_traceparent()
    await world.post({"query": CUSTOMERS}, world.token("privacy_officer"), traceparent=caller)
    (audited,) = await entries(world, AUDIT)
    assert trace_id(audited.traceparent) == trace_id(caller)


async def test_sampling_is_decided_at_the_head(make_world):
    traced = Traced(sample=0.0)
    world = await make_world(tracer=traced.tracer)
    await world.ask(CUSTOMERS, "privacy_officer")
    assert traced.spans() == {}
    (audited,) = await entries(world, AUDIT)
    assert not int(audited.traceparent[-2:], 16) & 1


async def test_requests_are_counted_by_how_they_ended(world):
    ok, partial = growth(REQUESTS, "OK"), growth(REQUESTS, "PARTIAL")
    invalid = growth(REQUESTS, "GRAPHQL_VALIDATION_FAILED")
    stranger, denied = growth(REQUESTS, "UNAUTHENTICATED"), growth(DENIALS, "FIELD_DENIED")
    timed = REQUEST_SECONDS.count
    await world.ask(CUSTOMERS, "privacy_officer")
    await world.ask(CUSTOMERS, "marketing_analyst")
    await world.ask('{ customer(id: "c1") { broken id } }', "privacy_officer")
    await world.ask("{ nothing }", "privacy_officer")
    await world.post({"query": CUSTOMERS})
    assert (ok(), partial(), invalid(), stranger()) == (2, 1, 1, 1)
    assert denied() >= 2
    assert REQUEST_SECONDS.count - timed == 4


async def test_the_plan_cache_is_counted(world):
    hits, misses = growth(PLAN_CACHE_HITS), growth(PLAN_CACHE_MISSES)
    for _ in range(3):
        await world.ask(CUSTOMERS, "privacy_officer")
    await world.ask(CUSTOMERS, "support_agent")
    assert (hits(), misses()) == (2, 2)


async def test_no_span_and_no_metric_holds_a_value(make_world):
    traced = Traced()
    world = await make_world(tracer=traced.tracer)
    by_phone = f'{{ customerByIdentifier(type: PHONE, value: "{world.PHONE}") {{ id }} }}'
    broken = '{ customer(id: "c1") { broken refused mainPhone } }'
    for role in ("privacy_officer", "marketing_analyst", f"role-{world.PHONE}"):
        for query in (CUSTOMERS, by_phone, broken, f'{{ customer(id: "{world.EMAIL}") {{ x }} }}'):
            await world.ask(query, role)
    record = {"source": world.EMAIL, "key": world.PHONE, "traits": {"phone": world.PHONE}}
    await world.ask(UPSERT, "connector", variables={"records": [record]}, sources=["*"])
    await world.post({"query": CUSTOMERS}, token=world.PHONE, traceparent=world.PHONE)
    output = (await scraped(world)).text
    assert "c360_requests_total" in output
    spans = " ".join(span.to_json() for span in traced.spans().values())
    assert "graphql" in spans
    for canary in world.CANARIES:
        assert canary not in output
        assert canary not in spans


async def test_metrics_are_no_part_of_the_graph(world):
    """Policy speaks of coordinates: what is beside the graph has to be guarded by the network."""
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for path in ("/graphql/metrics", "/graphql/../graphql/metrics"):
            assert (await client.get(path)).status_code == 404
        posted = await client.post("/metrics", json={"query": CUSTOMERS})
    assert posted.status_code == 405
    sdl = world.gateway.supergraph_source.current
    assert "c360_" not in sdl
    assert "metrics" not in sdl.lower()
