"""Write results name the customer, to who may look it up by what the item says."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from c360_federation.execute.transport import SubgraphResponse, SubgraphTimeout
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.found_customers import FoundCustomers, SubgraphCustomers
from c360_gateway.collect.items import ItemResult, ItemStatus, Stage, Warned
from c360_gateway.collect.kinds import record_kind
from c360_gateway.context import OperationContext
from c360_gateway.doors.graphql.selected import is_selected
from c360_gateway.query.lookups import LookupQuota
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.log.topics import AUDIT
from c360_kernel.record import RecordKey
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import compile_table
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from services.gateway.tests.test_with_the_services import instance  # noqa: F401 - a fixture

CATALOG = default_catalog()
KEY_COORDINATE = "Query.customerByRecord(key:)"
PHONE = [{"type": "phone", "value": "13900001122"}]
WRITE = """mutation($records: [RecordInput!]!) {
  upsertRecords(records: $records, wait: IDENTITY) {
    results { status customerId warnings { code path type } } } }"""


class Known:
    def __init__(self):
        self.calls = []

    async def of(self, records, context):
        self.calls += records
        return {record: f"customer of {record}" for record in records}


def rule(tag, act, effect="allow"):
    return ["connector", tag, act, "", effect, "*", "", "", f"{act}-{tag}"]


def context_of(*rules):
    known = {**catalog_tags(CATALOG), KEY_COORDINATE: frozenset({"record_key"})}
    known |= {"Customer.id": frozenset()}
    table = compile_table(policy_of(list(rules), []), ("connector",), "", known, 0)
    principal = Principal("ann", ("connector",), "", frozenset(), 0)
    return OperationContext(CallerContext("ann", ("connector",)), principal, table=table)


def result_of(stage=Stage.IDENTITY, warnings=(), **item):
    found = record_kind(CATALOG).read({"source": "crm", "key": "k", **item}, 1_800_000_000_000)
    return ItemResult(0, ItemStatus.APPLIED, stage, warnings=warnings, payload=found)


async def customers_of(result, *rules, per_minute=60):
    customers = FoundCustomers(CATALOG, Known(), LookupQuota(per_minute))
    (found,) = await customers.with_customers([result], context_of(*rules))
    return found.customer_id, [(one.code, one.path, one.type) for one in found.warnings]


FOUND = ("customer of crm/k", [])
MALFORMED = Warned("IDENTIFIER_MALFORMED", "identifiers", "phone")


@pytest.mark.parametrize(
    ("item", "rules", "expected"),
    [
        ({"identifiers": PHONE}, [], "phone"),
        ({"identifiers": PHONE}, [rule("tag:phone", "lookup")], None),
        ({"traits": {"phone": "13900001122"}}, [rule("tag:phone", "lookup")], None),
        ({"identifiers": PHONE}, [rule("tag:phone", "read")], None),
        ({"identifiers": PHONE}, [rule("tag:record_key", "read")], "phone"),
        (
            {"identifiers": PHONE, "traits": {"email": "a@b.cn"}},
            [rule("tag:phone", "lookup")],
            "email",
        ),
        (
            {"identifiers": PHONE},
            [rule("tag:phone", "read"), rule("tag:phone", "lookup", "deny")],
            "phone",
        ),
        ({"traits": {"city": "Bonn"}}, [rule("tag:phone", "lookup")], ""),
        ({"traits": {"city": "Bonn"}}, [rule("tag:record_key", "read")], None),
        ({"deleted": True}, [rule("tag:record_key", "read")], None),
        (
            {"identifiers": PHONE},
            [rule("tag:phone", "lookup"), rule("Customer.id", "read", "deny")],
            "",
        ),
    ],
)
async def test_a_customer_is_told_to_who_may_look_up_by_all_that_the_item_carries(
    item, rules, expected
):
    denied = (None, [("LOOKUP_DENIED", "customerId", expected or None)])
    assert await customers_of(result_of(**item), *rules) == (FOUND if expected is None else denied)


async def test_an_identifier_that_finds_nobody_gives_no_right_to_the_record():
    result = result_of(identifiers=[{"type": "phone", "value": "x"}], warnings=(MALFORMED,))
    by_phone = rule("tag:phone", "lookup")
    customer, warnings = await customers_of(result, by_phone)
    assert (customer, warnings[-1]) == (None, ("LOOKUP_DENIED", "customerId", None))
    assert (await customers_of(result, by_phone, rule("tag:record_key", "read")))[0] == FOUND[0]


async def test_what_identity_has_not_handled_is_nobodys_yet():
    for one in (result_of(stage=Stage.LOG), ItemResult(0, ItemStatus.REFUSED, None)):
        assert await customers_of(one, rule("tag:phone", "lookup")) == (None, [])


async def test_where_no_customer_may_be_told_nobody_is_asked():
    class Inapplicable:
        async def of(self, records, context):
            raise AssertionError("asked")

    customers = FoundCustomers(CATALOG, Inapplicable(), LookupQuota(60))
    found = await customers.with_customers([result_of(identifiers=PHONE)] * 2, context_of())
    assert [one.customer_id for one in found] == [None, None]


async def test_look_ups_beyond_the_limit_are_told_and_the_write_stands():
    known, quota = Known(), LookupQuota(2)
    customers, context = (
        FoundCustomers(CATALOG, known, quota),
        context_of(rule("tag:phone", "lookup")),
    )
    results = [replace(result_of(identifiers=PHONE, key=f"k{n}"), index=n) for n in range(4)]
    found = await customers.with_customers(results, context)
    assert [one.customer_id for one in found] == [
        *("customer of crm/k0", "customer of crm/k1", None, None)
    ]
    assert [one.status for one in found] == [ItemStatus.APPLIED] * 4
    assert found[3].warnings == (Warned("LOOKUP_LIMITED", "customerId", None),)
    assert [record.key for record in known.calls] == ["k0", "k1"]
    assert context.subjects == {"customer of crm/k0", "customer of crm/k1"}
    assert context.looked_up == {"IdentifierType.PHONE"}
    reader = context_of(rule("tag:phone", "read"))
    assert all(one.customer_id for one in await customers.with_customers(results, reader))


class Answering:
    """Identity, as it may answer."""

    def __init__(self, answer):
        self.answer = answer

    async def execute(self, subgraph, request, context):
        assert (subgraph, request.operation_name) == ("identity", "CustomersOf")
        if self.answer is None:
            raise SubgraphTimeout("identity")
        return SubgraphResponse(self.answer, [])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"customersOf": ["c1", None]}, {RecordKey("crm", "a"): "c1"}),
        ({"customersOf": ["c1"]}, {RecordKey("crm", "a"): "c1"}),
        ({"customersOf": None}, {}),
        ({}, {}),
        (None, {}),
    ],
)
async def test_what_identity_does_not_say_is_left_out(answer, expected, caplog):
    records = [RecordKey("crm", "a"), RecordKey("crm", "b")]
    customers = SubgraphCustomers(Answering(answer))
    assert await customers.of(records, context_of()) == expected
    assert ("SUBGRAPH_TIMEOUT" in caplog.text) == (answer is None)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("results { customerId }", True),
        ("results { status } results { who: customerId }", True),
        ("all: results { ... { ...F } }", True),
        ("results { status }", False),
        ("customerId", False),
    ],
)
def test_it_is_known_whether_customers_are_asked_for(selection, expected):
    query = f"mutation {{ a {{ {selection} }} }} fragment F on ItemResult {{ customerId }}"
    made = parse(query).definitions
    fragments = {one.name.value: one for one in made if isinstance(one, FragmentDefinitionNode)}
    (operation,) = (one for one in made if isinstance(one, OperationDefinitionNode))
    nodes = list(operation.selection_set.selections)
    assert is_selected(nodes, fragments, ("results", "customerId")) is expected


async def write(instance, roles, *records):  # noqa: F811
    token = mint(local_key(instance.settings.issuer_key_file), "ann", roles, "service", ["*"])
    transport = httpx.ASGITransport(instance.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        reply = await client.post(
            "/graphql",
            json={"query": WRITE, "variables": {"records": records}},
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
        )
    return reply.json()["data"]["upsertRecords"]["results"]


@pytest.fixture
async def running(instance):  # noqa: F811
    stop = asyncio.Event()
    workers = [asyncio.create_task(worker.run(stop)) for worker in instance.workers]
    yield instance
    stop.set()
    await asyncio.gather(*workers)


async def test_the_customer_that_a_written_record_joins_is_named_and_on_record(running):
    lookup = '{ customerByRecord(source: "crm", key: "k1") { id } }'
    known = (await running.ask(lookup, "support_agent"))["data"]["customerByRecord"]["id"]
    record = {"source": "store", "key": "s1", "traits": {"phone": "13912345678", "city": "Bonn"}}
    (result,) = await write(running, ["connector", "support_agent"], record)
    assert result == {"status": "APPLIED", "customerId": known, "warnings": []}
    (denied,) = await write(running, ["connector"], record)
    assert denied["customerId"] is None
    assert denied["warnings"] == [{"code": "LOOKUP_DENIED", "path": "customerId", "type": "phone"}]
    entries = [
        decode(AUDIT, entry.data)
        for partition in await running.log.ends([AUDIT])
        for entry in await running.log.read(partition, 0, 1_000)
    ]
    uses = [
        (use.decision, use.rule, use.tag)
        for entry in sorted(entries, key=lambda one: one.at)
        for use in entry.uses
        if use.coordinate == "IdentifierType.PHONE" and use.use == "lookup"
    ]
    assert uses == [("allow", "support-lookup-phone", "phone"), ("deny", "", "phone")]
