"""The subgraph over the embedded store."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.bootstrap import build, id_key
from c360_identity.graph import identity_subgraphs
from c360_identity.graph.directory import CustomerLookup
from c360_identity.settings import IdentitySettings
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import feed, tracked, upserted
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.errors import SettingsError
from c360_kernel.evidence.seed_id import customer_ids
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import IDENTITIES
from c360_kernel.metrics import JOINS as JOINED
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.subgraph import Subgraph

KEY = b"an instance key for tests"
CALLER = CallerContext("tester", ("privacy_officer",))


def observed(at: int, key: str, carries: str, day: str) -> Entry:
    """The `at`th entry says what a record was on a day."""
    return upserted(at, key, carries, revision=1, observed_at=day_ms(day))


def day_ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


class Graph:
    """The service as a process composes it: a store for the worker, another for the graph."""

    def __init__(self, data: Path) -> None:
        self.service = build(IdentitySettings(data=data), default_catalog(), KEY)
        self.store = self.service.open_store()
        self.subgraph: Subgraph = self.service.open_graph()

    async def takes(self, *entries: Any) -> None:
        await feed(self.store, self.service.handler, [entries])

    async def answers(self, query: str, **variables: Any) -> Any:
        response = await self.subgraph.execute(query, variables, None, CALLER)
        assert "errors" not in response, response
        return response["data"]

    async def refuses(self, query: str) -> str:
        response = await self.subgraph.execute(query, None, None, CALLER)
        (error,) = response["errors"]
        assert "138" not in error["message"]
        return error["extensions"]["code"]


@pytest_asyncio.fixture
async def graph(tmp_path: Path) -> AsyncIterator[Graph]:
    graph = Graph(tmp_path)
    await graph.takes(
        upserted(1_000, "crm/a", "phone:13812345678 email:A@Example.com", revision=1),
        upserted(2_000, "web/b", "phone:+8613812345678 cookie:ck-17x", revision=1),
        upserted(3_000, "crm/other", "email:other@example.com", revision=1),
    )
    yield graph
    await graph.store.close()


async def test_a_customer_by_any_way_in(graph: Graph) -> None:
    data = await graph.answers(
        """{
          byPhone: customerByIdentifier(type: PHONE, value: "138 1234 5678") { id }
          byRecord: customerByRecord(source: "web", key: "b") {
            id identifiers { phone email cookie device }
            records { source key firstSeenAt identifiers { phone cookie } }
          }
        }"""
    )
    customer = data["byRecord"]
    assert data["byPhone"] == {"id": customer["id"]}
    assert customer["identifiers"] == {
        "phone": ["+8613812345678"],
        "email": ["a@example.com"],
        "cookie": ["ck-17x"],
        "device": [],
    }
    assert [(r["source"], r["key"]) for r in customer["records"]] == [("crm", "a"), ("web", "b")]
    assert customer["records"][0]["identifiers"] == {"phone": ["+8613812345678"], "cookie": []}
    assert customer["records"][0]["firstSeenAt"].endswith("Z")
    by_id = "query($id: ID!) { customer(id: $id) { id records(first: 1) { key } } }"
    found = await graph.answers(by_id, id=customer["id"])
    assert found["customer"] == {"id": customer["id"], "records": [{"key": "a"}]}


async def test_an_old_id_answers_with_the_present_one(graph: Graph) -> None:
    lookup = '{ customerByRecord(source: "crm", key: "other") { id } }'
    old = (await graph.answers(lookup))["customerByRecord"]["id"]
    await graph.takes(upserted(4_000, "crm/other", "phone:13812345678", revision=2))
    new = (await graph.answers(lookup))["customerByRecord"]["id"]
    assert old != new
    found = await graph.answers("query($id: ID!) { customer(id: $id) { id } }", id=old)
    assert found == {"customer": {"id": new}}
    assert await graph.answers('{ customer(id: "cnobody") { id } }') == {"customer": None}


@pytest.mark.parametrize("order", [("national_id", "email"), ("email", "national_id")])
async def test_a_deleted_record_is_found_by_the_strongest_of_what_it_last_carried(
    graph: Graph, order: tuple[str, str]
) -> None:
    values = {"national_id": "11010519491231002X", "email": "gone@example.com"}
    carried = " ".join(f"{kind}:{values[kind]}" for kind in order)
    await graph.takes(upserted(4_000, "crm/gone", carried, revision=1))
    await graph.takes(upserted(5_000, "crm/gone", "", revision=2, deleted=True))
    await graph.takes(
        upserted(6_000, "erp/by-email", f"email:{values['email']}", revision=1),
        upserted(7_000, "erp/by-id", f"national_id:{values['national_id']}", revision=1),
    )
    data = await graph.answers(
        """{ gone: customerByRecord(source: "crm", key: "gone") { id }
          strong: customerByRecord(source: "erp", key: "by-id") { id }
          weak: customerByRecord(source: "erp", key: "by-email") { id } }"""
    )
    assert data["gone"] == data["strong"] != data["weak"]


async def test_entities_are_resolved_together(graph: Graph) -> None:
    lookup = '{ customerByRecord(source: "crm", key: "a") { id } }'
    known = (await graph.answers(lookup))["customerByRecord"]["id"]
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Customer { id identifiers { email } }
        ... on SourceRecord { key identifiers { cookie } } } }"""
    representations = [
        {"__typename": "Customer", "id": known},
        {"__typename": "Customer", "id": "cnobody"},
        {"__typename": "SourceRecord", "source": "web", "key": "b"},
        {"__typename": "SourceRecord", "source": "web", "key": "nobody"},
    ]
    assert (await graph.answers(query, r=representations))["_entities"] == [
        {"id": known, "identifiers": {"email": ["a@example.com"]}},
        None,
        {"key": "b", "identifiers": {"cookie": ["ck-17x"]}},
        None,
    ]


async def test_many_entities_cost_as_many_statements_as_one(graph: Graph, tmp_path: Path) -> None:
    people = [upserted(9_000 + n, f"crm/p{n}", f"email:p{n}@example.com") for n in range(40)]
    await graph.takes(*people)
    catalog, ids = default_catalog(), customer_ids(id_key(KEY))
    store = SqliteIdentityStore(tmp_path / "identity.db", ids)
    directory = CustomerLookup(store, catalog, Normalizers(catalog), ids)
    subgraph = identity_subgraphs(catalog)(store, directory)
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Customer { identifiers { email } records { key identifiers { email } } } } }"""

    async def statements_for(count: int) -> int:
        seen: list[str] = []
        store.connection.set_trace_callback(seen.append)
        named = [
            {"__typename": "Customer", "id": ids(RecordKey("crm", f"p{n}"))} for n in range(count)
        ]
        response = await subgraph.execute(query, {"r": named}, None, CALLER)
        assert all(entity["records"] for entity in response["data"]["_entities"])
        return len(seen)

    assert await statements_for(40) == await statements_for(1)
    await store.close()


async def test_a_customer_is_a_node(graph: Graph) -> None:
    lookup = '{ customerByRecord(source: "crm", key: "a") { id } }'
    known = (await graph.answers(lookup))["customerByRecord"]["id"]
    query = (
        "query($id: ID!) { node(id: $id) { __typename id ... on Customer { records { key } } } }"
    )
    assert (await graph.answers(query, id=known))["node"]["__typename"] == "Customer"
    assert (await graph.answers(query, id=known))["node"]["id"] == known
    assert await graph.answers(query, id="nobody") == {"node": None}
    assert "type Customer implements Node" in graph.subgraph.sdl()


@pytest.mark.parametrize(
    ("lookup", "code"),
    [
        ('type: PHONE, value: "13800138000"', "IDENTIFIER_BLOCKED"),
        ('type: PHONE, value: "138"', "IDENTIFIER_MALFORMED"),
        ('type: EMAIL, value: "138 nowhere"', "IDENTIFIER_MALFORMED"),
    ],
)
async def test_what_identifies_nobody_is_refused(graph: Graph, lookup: str, code: str) -> None:
    assert await graph.refuses(f"{{ customerByIdentifier({lookup}) {{ id }} }}") == code


async def test_an_unknown_identifier_is_nobody(graph: Graph) -> None:
    data = await graph.answers('{ customerByIdentifier(type: DEVICE, value: "dv-9z") { id } }')
    assert data == {"customerByIdentifier": None}


async def test_a_kiosk_identifies_nobody(graph: Graph) -> None:
    visitors = [
        upserted(5_000 + n, f"store/{n}", f"member_card:MC-10000{n} device:kiosk-1a", revision=1)
        for n in range(4)
    ]
    await graph.takes(*visitors)
    lookup = '{ customerByIdentifier(type: DEVICE, value: "kiosk-1a") { id } }'
    assert await graph.refuses(lookup) == "IDENTIFIER_GENERIC"
    ids = [
        await graph.answers(f'{{ customerByRecord(source: "store", key: "{n}") {{ id }} }}')
        for n in range(4)
    ]
    assert len({found["customerByRecord"]["id"] for found in ids}) == 4


async def test_a_page_has_its_bounds(graph: Graph) -> None:
    many = '{ customerByRecord(source: "crm", key: "a") { records(first: 1001) { key } } }'
    assert await graph.refuses(many) == "PAGE_SIZE_INVALID"


async def test_receipts_say_what_became_of_entries(graph: Graph) -> None:
    again = upserted(6_000, "crm/a", "phone:13812345678 email:A@Example.com", revision=1)
    event = tracked(7_000, "crm/a", "m1")
    await graph.takes(again, event)
    data = await graph.answers(
        "query($ids: [ID!]!) { receipts(ids: $ids) { id status } }", ids=[again.id, event.id]
    )
    assert data["receipts"] == [
        {"id": again.id, "status": "DUPLICATE"},
        {"id": event.id, "status": "APPLIED"},
    ]


JOINS = """query($s: [String!]!, $k: [String!]!, $t: [String!]!, $v: [String!]!) {
  joins(sources: $s, keys: $k, types: $t, values: $v)
}"""


async def test_what_an_identifier_would_join_is_known_in_any_spelling(graph: Graph) -> None:
    sent = [
        ("crm", "a", "phone", "138 1234 5678", 0),
        ("crm", "a", "cookie", "ck-17x", 0),
        ("crm", "a", "email", "other@example.com", 2),
        ("web", "new", "phone", "0086-138-1234-5678", 2),
        ("web", "new", "phone", "13982736450", 1),
        ("web", "new", "phone", "no phone", 0),
    ]
    s, k, t, v, expected = zip(*sent, strict=True)
    data = await graph.answers(JOINS, s=list(s), k=list(k), t=list(t), v=list(v))
    assert data["joins"] == list(expected)


async def test_lists_of_unequal_length_are_no_question(graph: Graph) -> None:
    query = '{ joins(sources: ["crm"], keys: [], types: [], values: []) }'
    assert await graph.refuses(query) == "ARGUMENTS_UNEQUAL"


async def test_records_that_join_a_customer_are_counted_by_source(graph: Graph) -> None:
    before = JOINED.value("web")
    await graph.takes(upserted(9_000, "web/c", "phone:13812345678", revision=1))
    await graph.takes(upserted(9_001, "web/d", "phone:13799999999", revision=1))
    assert JOINED.value("web") == before + 1


async def test_all_ids_of_a_customer_are_those_of_its_parts(graph: Graph) -> None:
    lookup = '{ customerByRecord(source: "crm", key: "other") { id } }'
    old = (await graph.answers(lookup))["customerByRecord"]["id"]
    await graph.takes(upserted(4_000, "crm/other", "phone:13812345678", revision=2))
    new = (await graph.answers(lookup))["customerByRecord"]["id"]
    for asked in (old, new):
        told = (await graph.answers("query($id: ID!) { idsOf(id: $id) }", id=asked))["idsOf"]
        assert {old, new} < set(told)
        assert len(told) == 3
    assert await graph.answers('{ idsOf(id: "cnobody") }') == {"idsOf": []}


async def test_every_identifier_is_tagged_and_receipts_are_internal(graph: Graph) -> None:
    described = re.compile(r'"""(?:.|\n)*?"""\s*')
    sdl = re.sub(r"\(\s+(.*?)\s+\)", r"(\1)", described.sub("", graph.subgraph.sdl()))
    assert 'phone(first: Int = null): [String!] @tag(name: "phone")' in sdl
    assert 'NATIONAL_ID @tag(name: "national_id")' in sdl
    assert "receipts(ids: [ID!]!): [Receipt!]! @inaccessible" in sdl
    assert "values: [String!]!): [Int!]! @inaccessible" in sdl


async def test_the_service_says_what_it_reads_and_writes(graph: Graph) -> None:
    assert graph.service.topics == ("records", "events", "decisions")
    assert graph.service.derived == IDENTITIES
    assert await graph.subgraph.ready()


def test_an_unknown_store_is_refused(tmp_path: Path) -> None:
    settings = IdentitySettings(data=tmp_path, identity_store="postgres://somewhere")
    with pytest.raises(SettingsError):
        build(settings, default_catalog(), KEY)


RECYCLED = [
    observed(10_000, "crm/old", "crm_id:RQ1 phone:13912340088", "2012-01-01"),
    observed(9_000, "crm/new", "crm_id:RQ2 phone:13912340088", "2026-10-01"),
    observed(11_000, "crm/older", "crm_id:RQ3 phone:13912340088", "2001-01-01"),
]


@pytest.mark.parametrize("entries", list(permutations(RECYCLED)))
async def test_a_number_of_several_names_its_present_holder_and_all(
    graph: Graph, entries: Sequence[Entry]
) -> None:
    await graph.takes(*entries)
    held = '(type: PHONE, value: "13912340088"'
    data = await graph.answers(
        f"""{{ one: customerByIdentifier{held}) {{ records {{ key }} }}
          all: customersByIdentifier{held}) {{ records {{ key }} }}
          two: customersByIdentifier{held}, first: 2) {{ records {{ key }} }} }}"""
    )
    all_ = [{"records": [{"key": key}]} for key in ("new", "old", "older")]
    assert data == {"one": all_[0], "all": all_, "two": all_[:2]}


async def test_a_number_of_nobody_has_no_holder(graph: Graph) -> None:
    held = '(type: PHONE, value: "13912340077")'
    data = await graph.answers(f"{{ customersByIdentifier{held} {{ id }} }}")
    assert data == {"customersByIdentifier": []}
