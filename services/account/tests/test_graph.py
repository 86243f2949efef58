"""What a caller is answered: over GraphQL, of entries that a worker took."""

from dataclasses import replace

import pytest
from c360_account.graph import account_subgraphs
from c360_account.store import answers as reading
from c360_account.testing import MemoryAccountStore
from c360_account.testing.contract import feed
from c360_account.testing.entries import (
    ACCOUNT_ID,
    CATALOG,
    account_entry,
    event_entry,
    link_entry,
    person_entry,
    profile_entry,
)
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.visibility import Visibility

A, B = (ACCOUNT_ID(RecordKey("crm", key)) for key in "ab")
NOW = 1_000
SOME = ValueTest("team", "equals", "east")
SUBGRAPHS = account_subgraphs(CATALOG, SEALER, lambda: NOW)
CALLER = CallerContext("ann", ("agent",))


@pytest.fixture
async def store():
    store = MemoryAccountStore(ACCOUNT_ID)
    traits = {"name": "ACME", "employees": 7, "brands": ("x",)}
    more = {"employees": 9, "brands": ("y",)}
    shared = {"number": "N-1001"}
    await feed(
        store,
        [
            account_entry("crm/a", 1, {**shared, "domain": "www.ACME.example.org"}, traits=traits),
            account_entry("erp/a", 2, shared, traits=more),
            account_entry("crm/b", 3, parent="erp/a", traits={"name": "ACME Labs"}),
            link_entry("crm/l1", 4, "crm/p", "crm/a", kind="decision", role="champion",
                       influence=3, attitude="for", title="Buyer", valid_to=900),
            link_entry("crm/l2", 5, "crm/q", "erp/a", kind="decision", role="decision_maker",
                       influence=5, reports_to="crm/p", valid_from=10),
            link_entry("crm/l3", 6, "crm/q", "crm/b", primary=True),
            person_entry("crm/p", "c1"),
            person_entry("crm/q", "c2"),
        ],
    )  # fmt: skip
    return store


async def ask(store, query, caller=CALLER):
    return await SUBGRAPHS(store).execute(query, {}, None, caller)


async def data(store, query, caller=CALLER):
    answer = await ask(store, query, caller)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def test_an_account_is_its_records_as_one(store):
    query = f"""{{ account(id: "{A}") {{ id records {{ source key }}
      identifiers {{ number domain }} profile {{ name employees brands }} parent {{ id }}
      children {{ id profile {{ name }} parent {{ id }} }} }} }}"""
    assert (await data(store, query))["account"] == {
        "id": A,
        "records": [{"source": "crm", "key": "a"}, {"source": "erp", "key": "a"}],
        "identifiers": {"number": ["N-1001"], "domain": ["acme.example.org"]},
        "profile": {"name": "ACME", "employees": 9, "brands": ["x", "y"]},
        "parent": None,
        "children": [{"id": B, "profile": {"name": "ACME Labs"}, "parent": {"id": A}}],
    }


async def test_the_id_of_every_record_leads_to_the_account(store):
    other = ACCOUNT_ID(RecordKey("erp", "a"))
    assert (await data(store, f'{{ account(id: "{other}") {{ id }} }}'))["account"] == {"id": A}
    assert (await data(store, '{ account(id: "nobody") { id } }'))["account"] is None


async def test_the_decision_chain_and_its_gaps(store):
    query = f"""{{ account(id: "{A}") {{
      decisionChain {{ person {{ id }} role influence reportsTo {{ id }} validFrom sources }}
      decisionGaps {{ role reason since last {{ person {{ id }} title attitude }} }} }} }}"""
    found = (await data(store, query))["account"]
    assert found["decisionChain"] == [
        {
            "person": {"id": "c2"},
            "role": "decision_maker",
            "influence": 5,
            "reportsTo": {"id": "c1"},
            "validFrom": "1970-01-01T00:00:00.010Z",
            "sources": ["crm"],
        }
    ]
    left = {"person": {"id": "c1"}, "title": "Buyer", "attitude": "for"}
    assert found["decisionGaps"] == [
        {"role": "budget_holder", "reason": "VACANT", "since": None, "last": None},
        {"role": "champion", "reason": "LEFT", "since": "1970-01-01T00:00:00.900Z", "last": left},
    ]


async def test_members_by_role_and_time(store):
    at = "1970-01-01T00:00:00.500Z"
    query = f"""{{ account(id: "{A}") {{
      now: members {{ role }} then: members(at: "{at}") {{ role }}
      one: members(role: "champion", at: "{at}") {{ role account {{ id }} }}
      memberCount tree: memberCount(subtree: true, at: "{at}") }} }}"""
    found = (await data(store, query))["account"]
    assert found["now"] == [{"role": "decision_maker"}]
    assert [one["role"] for one in found["then"]] == ["champion", "decision_maker"]
    assert found["one"] == [{"role": "champion", "account": {"id": A}}]
    assert (found["memberCount"], found["tree"]) == (1, 2)


async def test_who_of_ours_looks_after_an_account_is_shown_as_that(store):
    tended = link_entry("crm/l4", 7, "crm/r", "crm/a", kind="owner", role="budget_holder")
    await feed(store, [tended, person_entry("crm/r", "c3")])
    query = f"""{{ account(id: "{A}") {{ owners {{ person {{ id }} kind ours }}
      members {{ ours person {{ id }} }} memberCount decisionChain {{ person {{ id }} }}
      decisionGaps {{ role }} }} }}"""
    found = (await data(store, query))["account"]
    assert found["owners"] == [{"person": {"id": "c3"}, "kind": "owner", "ours": True}]
    assert found["members"] == [{"ours": False, "person": {"id": "c2"}}]
    assert (found["memberCount"], found["decisionChain"]) == (1, [{"person": {"id": "c2"}}])
    assert [one["role"] for one in found["decisionGaps"]] == ["budget_holder", "champion"]
    mine = ENTITIES.replace('"c2"', '"c3"').replace("role primary", "kind ours")
    (found,) = (await data(store, mine))["_entities"]
    assert found["accounts"] == [{"account": {"id": A}, "kind": "owner", "ours": True}]


@pytest.mark.parametrize("most", [1, 2])
async def test_of_too_many_accounts_no_number_is_told_rather_than_that_of_some(
    store, monkeypatch, most
):
    monkeypatch.setattr(reading, "MOST_ACCOUNTS", most)
    answer = await ask(store, f'{{ account(id: "{A}") {{ memberCount(subtree: true) }} }}')
    told, codes = answer["data"]["account"]["memberCount"], answer.get("errors", ())
    assert told == (None if most < 2 else 1)
    assert [one["extensions"]["code"] for one in codes] == ["ACCOUNT_TOO_LARGE"] * (most < 2)


ROLL_UPS = f'{{ account(id: "{A}") {{ id rollUps {{ people bestSpent revenue lastSeen }} }} }}'


async def test_what_an_account_comes_to_is_told_with_what_is_below_it(store):
    orders = [
        event_entry("crm/q", 20, "m1", amount=2.5),
        event_entry("crm/p", 21, "m2", amount=1.0, at=500),
    ]
    await feed(store, [*orders, profile_entry("c2", spent=9, stage="active")])
    found = (await data(store, ROLL_UPS))["account"]["rollUps"]
    assert found == {
        "people": 1,
        "bestSpent": 9.0,
        "revenue": 3.5,
        "lastSeen": "1970-01-01T00:00:00.500Z",
    }


async def test_what_an_account_comes_to_is_told_to_nobody_who_is_told_of_some(store):
    some = CallerContext("ann", ("agent",), predicate=condition_text(SOME))
    assert (await data(store, ROLL_UPS, some))["account"] is None
    answer = await ask(store, ROLL_UPS, CallerContext("ann", ("analyst",), smallest_group=5))
    assert answer["data"]["account"] == {"id": A, "rollUps": None}
    assert {one["extensions"]["code"] for one in answer["errors"]} == {"SUPPRESSED_SMALL_GROUP"}


ORDERED = frozenset({"Customer.timeline", "Order.name", "Order.occurredAt"})
WHY = f"""{{ account(id: "{A}") {{ rollUpReasons {{
  recentOrders {{ kind over subtree from to changesAt
    events {{ name occurredAt source messageId }} members {{ role }} }}
  people {{ over changesAt events {{ name }} members {{ role person {{ id }} }} }} }} }} }}"""


async def test_why_an_account_comes_to_what_it_does(store):
    orders = [event_entry("crm/p", 20, "m1", amount=2.5), event_entry("crm/p", 21, "m2", "visit")]
    late = link_entry("crm/l5", 8, "crm/p", "crm/a", role="champion", valid_from=5_000)
    await feed(store, [*orders, late])
    shown = ORDERED | {"Order.source", "Order.messageId"}
    reader = CallerContext("ann", ("agent",), visibility=Visibility(shown, shown))
    found = (await data(store, WHY, reader))["account"]["rollUpReasons"]
    assert found["recentOrders"] == {
        "kind": "count",
        "over": "EVENTS",
        "subtree": False,
        "from": "1969-12-31T00:00:01.001Z",
        "to": None,
        "changesAt": "1970-01-02T00:00:00.020Z",
        "events": [
            {
                "name": "order",
                "occurredAt": "1970-01-01T00:00:00.020Z",
                "source": "crm",
                "messageId": "m1",
            }
        ],
        "members": None,
    }
    assert found["people"] == {
        "over": "MEMBERS",
        "changesAt": "1970-01-01T00:00:05Z",
        "events": None,
        "members": [{"role": "decision_maker", "person": {"id": "c2"}}],
    }


async def test_events_that_count_are_told_to_who_may_read_them(store):
    await feed(store, [event_entry("crm/p", 20, "m1", amount=2.5)])
    last = "lastSeen { events { name occurredAt } }"
    query = f'{{ account(id: "{A}") {{ rollUpReasons {{ {last} }} }} }}'
    for seen, told in (
        (set(), None),
        ({"Customer.timeline"}, []),
        ({"Customer.timeline", "Order.name"}, [{"name": "order", "occurredAt": None}]),
    ):
        visibility = Visibility(frozenset(seen), frozenset(seen))
        caller = CallerContext("ann", ("agent",), visibility=visibility)
        found = (await data(store, query, caller))["account"]["rollUpReasons"]
        assert found["lastSeen"]["events"] == told


@pytest.mark.parametrize(
    ("seen", "used", "told"),
    [
        (set(), set(), {"source": None, "messageId": None}),
        ({"Order.source"}, {"Order.source"}, {"source": "crm", "messageId": None}),
        ({"Order.messageId"}, {"Order.messageId"}, {"source": None, "messageId": "m1"}),
        ({"Order.source", "Order.messageId"}, set(), {"source": None, "messageId": None}),
    ],
)
async def test_of_an_event_that_counts_is_told_what_is_told_of_it_elsewhere(
    store, seen, used, told
):
    await feed(store, [event_entry("crm/p", 20, "m1", amount=2.5)])
    why = "recentOrders { events { source messageId } }"
    query = f'{{ account(id: "{A}") {{ rollUpReasons {{ {why} }} }} }}'
    caller = CallerContext("ann", ("agent",), visibility=Visibility(ORDERED | seen, ORDERED | used))
    found = (await data(store, query, caller))["account"]["rollUpReasons"]
    assert found["recentOrders"]["events"] == [told]


@pytest.mark.parametrize(
    ("seen", "used", "told"),
    [
        (ORDERED, ORDERED, True),
        (ORDERED - {"Customer.timeline"}, ORDERED, False),
        (ORDERED, ORDERED - {"Order.occurredAt"}, False),
        (ORDERED - {"Order.occurredAt"}, ORDERED, False),
    ],
)
async def test_when_it_changes_is_told_to_who_may_see_when_events_were(store, seen, used, told):
    """It is the time of the oldest event and the length of the window."""
    await feed(store, [event_entry("crm/p", 20, "m1", amount=2.5)])
    query = f'{{ account(id: "{A}") {{ rollUpReasons {{ recentOrders {{ kind changesAt }} }} }} }}'
    caller = CallerContext("ann", ("agent",), visibility=Visibility(seen, used))
    found = (await data(store, query, caller))["account"]["rollUpReasons"]["recentOrders"]
    assert found == {"kind": "count", "changesAt": "1970-01-02T00:00:00.020Z" if told else None}


async def test_of_a_masked_name_no_event_is_told(store):
    await feed(store, [event_entry("crm/p", 20, "m1", amount=2.5)])
    query = (
        f'{{ account(id: "{A}") {{ rollUpReasons {{ recentOrders {{ events {{ name }} }} }} }} }}'
    )
    visibility = Visibility(ORDERED, ORDERED - {"Order.name"})
    caller = CallerContext("ann", ("agent",), visibility=visibility)
    found = (await data(store, query, caller))["account"]["rollUpReasons"]["recentOrders"]
    assert found == {"events": []}


async def test_who_is_told_of_no_small_group_is_told_of_no_reason(store):
    few = CallerContext("ann", ("analyst",), smallest_group=5)
    answer = await ask(store, WHY, few)
    assert set(answer["data"]["account"]["rollUpReasons"].values()) == {None}
    codes = {one["extensions"]["code"] for one in answer["errors"]}
    assert codes == {"SUPPRESSED_SMALL_GROUP"}


async def test_a_catalog_that_computes_nothing_has_no_such_field(store):
    plain = replace(CATALOG, accounts=replace(CATALOG.accounts, computed={}), digest="plain")
    answer = await account_subgraphs(plain, SEALER)(store).execute(ROLL_UPS, {}, None, CALLER)
    assert "rollUps" in answer["errors"][0]["message"]


async def test_an_unknown_role_is_refused_with_the_nearest_one(store):
    answer = await ask(
        store, f'{{ account(id: "{A}") {{ members(role: "champoin") {{ role }} }} }}'
    )
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNKNOWN_ACCOUNT_ROLE"
    assert "'champion'" in error["message"]


async def test_accounts_page_by_page(store):
    ids = sorted([A, B])
    page = "{ edges { cursor node { id } } pageInfo { hasNextPage endCursor } }"
    first = (await data(store, f"{{ accounts(first: 1) {page} }}"))["accounts"]
    assert [edge["node"]["id"] for edge in first["edges"]] == ids[:1]
    assert first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    rest = (await data(store, f'{{ accounts(after: "{after}") {page} }}'))["accounts"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == ids[1:]
    assert not rest["pageInfo"]["hasNextPage"]
    (error,) = (await ask(store, '{ accounts(after: "x") { edges { cursor } } }'))["errors"]
    assert error["extensions"]["code"] == "CURSOR_INVALID"


ENTITIES = """{ _entities(representations: [{__typename: "Customer", id: "c2"}]) {
  ... on Customer { accounts { account { id } role primary } } } }"""


async def test_a_customers_accounts_the_main_one_first(store):
    (found,) = (await data(store, ENTITIES))["_entities"]
    assert found["accounts"] == [
        {"account": {"id": B}, "role": None, "primary": True},
        {"account": {"id": A}, "role": "decision_maker", "primary": False},
    ]


async def test_whom_row_rules_narrow_is_told_of_no_account(store):
    some = CallerContext("ann", ("agent",), predicate=condition_text(SOME))
    assert (await data(store, f'{{ account(id: "{A}") {{ id }} }}', some))["account"] is None
    assert (await data(store, "{ accounts { edges { cursor } } }", some))["accounts"]["edges"] == []
    (found,) = (await data(store, ENTITIES, some))["_entities"]
    assert found["accounts"] == []


async def test_who_is_told_of_no_small_group_is_told_of_no_members(store):
    few = CallerContext("ann", ("analyst",), smallest_group=5)
    query = f'{{ account(id: "{A}") {{ id members {{ role }} memberCount }} }}'
    answer = await ask(store, query, few)
    assert answer["data"]["account"] == {"id": A, "members": None, "memberCount": None}
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {"SUPPRESSED_SMALL_GROUP"}
