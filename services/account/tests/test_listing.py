"""Accounts by filter and order are those that a reader of all of them would list."""

from dataclasses import replace

import pytest
from c360_account.domain.listing import Order, Place, decided, in_order, is_beyond
from c360_account.graph import account_subgraphs, listing
from c360_account.store import rolling_up
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
    worlds,
)
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.plain import condition_text
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_000
SUBGRAPHS = account_subgraphs(CATALOG, SEALER, lambda: NOW)
CALLER = CallerContext("ann", ("agent",))
PAGE = "edges { cursor node { id } } pageInfo { hasNextPage endCursor }"
QUERY = f"""query($filter: AccountFilter, $order: [AccountOrder!], $first: Int, $after: String) {{
  accounts(filter: $filter, orderBy: $order, first: $first, after: $after) {{ {PAGE} }} }}"""
SHOWN = "{ accounts(first: 200) { edges { node { id profile { %s } rollUps { %s } } } } }"
TRAITS, ROLL_UPS = ("name", "employees", "brands"), ("people", "bestSpent", "revenue", "lastSeen")
ASKED = {"name": "NAME", "employees": "EMPLOYEES", "people": "PEOPLE", "revenue": "REVENUE"}
A, B, C = (ACCOUNT_ID(RecordKey("crm", key)) for key in "abc")


async def ask(store, caller=CALLER, **variables):
    return await SUBGRAPHS(store).execute(QUERY, variables, None, caller)


async def listed(store, **variables):
    answer = await ask(store, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["accounts"]


async def ids(store, **variables):
    return [edge["node"]["id"] for edge in (await listed(store, **variables))["edges"]]


async def refused(store, caller=CALLER, **variables):
    answer = await ask(store, caller, **variables)
    assert answer["data"]["accounts"] is None
    return {one["extensions"]["code"] for one in answer["errors"]}


@pytest.fixture
async def store():
    made = MemoryAccountStore(ACCOUNT_ID)
    await feed(
        made,
        [
            account_entry("crm/a", 1, traits={"name": "Tea", "employees": 9}),
            account_entry("crm/b", 2, traits={"name": "Ink", "employees": 9}),
            account_entry("crm/c", 3, traits={"name": "Rice"}),
            link_entry("crm/l1", 4, "crm/p", "crm/a"),
            link_entry("crm/l2", 5, "crm/q", "crm/b"),
            person_entry("crm/p", "c1"),
            person_entry("crm/q", "c2"),
            event_entry("crm/p", 20, "m1", amount=2.5),
            event_entry("crm/q", 21, "m2", amount=9.0),
            profile_entry("c1", spent=9, stage="active"),
        ],
    )
    return made


async def test_by_traits_and_by_what_they_come_to(store):
    assert await ids(store, filter={"name": {"in": ["Tea", "Rice"]}}) == sorted([A, C])
    assert await ids(store, filter={"employees": {"exists": False}}) == [C]
    assert await ids(store, filter={"revenue": {"atLeast": 3}}) == [B]
    assert await ids(store, filter={"revenue": {"exists": False}}) == [C]
    either = {"or": [{"name": {"equals": "Rice"}}, {"bestSpent": {"atLeast": 9}}]}
    assert await ids(store, filter=either) == sorted([A, C])
    assert await ids(store, filter={"not": {"revenue": {"atLeast": 3}}}) == sorted([A, C])


async def test_in_an_order_who_lacks_a_value_comes_last(store):
    def by(field, direction):
        return {"order": [{"field": field, "direction": direction}]}

    assert await ids(store, **by("REVENUE", "DESC")) == [B, A, C]
    assert await ids(store, **by("REVENUE", "ASC")) == [A, B, C]
    assert await ids(store, **by("NAME", "ASC")) == [B, C, A]
    both = [{"field": "EMPLOYEES"}, {"field": "NAME", "direction": "DESC"}]
    assert await ids(store, order=both) == [A, B, C]


async def test_a_cursor_goes_on_where_it_stood_though_others_changed(store):
    order = [{"field": "REVENUE", "direction": "DESC"}]
    first = await listed(store, order=order, first=1)
    assert [edge["node"]["id"] for edge in first["edges"]] == [B]
    after = first["pageInfo"]["endCursor"]
    await feed(store, [event_entry("crm/q", 30, "m3", amount=-8.5)])
    assert await ids(store, order=order, after=after) == [A, B, C]
    assert after != B
    other = [{"field": "REVENUE"}]
    assert await refused(store, order=other, after=after) == {"CURSOR_INVALID"}
    assert await refused(store, after=after) == {"CURSOR_INVALID"}
    assert await refused(store, filter={"name": {"exists": True}}, after="x") == {"CURSOR_INVALID"}


async def test_a_cursor_of_values_of_another_type_is_refused(store):
    """It was made before the catalog said another type of the trait."""
    order = [{"field": "EMPLOYEES"}]
    page = await listed(store, order=order, first=1)
    after = page["pageInfo"]["endCursor"]
    said = replace(CATALOG.accounts.traits["employees"], type="string", survivorship="latest")
    traits = {**CATALOG.accounts.traits, "employees": said}
    changed = replace(CATALOG, accounts=replace(CATALOG.accounts, traits=traits))
    await feed(store, [account_entry("crm/a", 90, {}, revision=9, traits={"employees": "many"})])
    graph = account_subgraphs(changed, SEALER, lambda: NOW)(store)
    answer = await graph.execute(QUERY, {"order": order, "after": after}, None, CALLER)
    assert {one["extensions"]["code"] for one in answer["errors"]} == {"CURSOR_INVALID"}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"equals": "tea.example.org"}, [A]),
        ({"equals": "WWW.Tea.example.org"}, [A]),
        ({"in": ["http://tea.example.org/shop", "x"]}, [A]),
        ({"notEquals": "www.tea.example.org"}, [B, C]),
        ({"equals": "no site"}, [B]),
        ({"startsWith": "www"}, []),
    ],
)
async def test_what_is_an_identifier_is_shown_in_one_form_and_found_in_any(store, test, expected):
    site = TraitType("site", "string", "public", "latest", identifier="domain")
    traits = {**CATALOG.accounts.traits, "site": site}
    named = replace(CATALOG, accounts=replace(CATALOG.accounts, traits=traits))
    said = {"crm/a": "https://www.Tea.example.org/about", "crm/b": "no site"}
    for number, (record, value) in enumerate(said.items()):
        await feed(store, [account_entry(record, 90 + number, revision=9, traits={"site": value})])
    graph = account_subgraphs(named, SEALER, lambda: NOW)(store)
    shown = "edges { node { id profile { site } } }"
    query = f"query($f: AccountFilter) {{ accounts(filter: $f) {{ {shown} }} }}"
    answer = await graph.execute(query, {"f": {"site": test}}, None, CALLER)
    nodes = [edge["node"] for edge in answer["data"]["accounts"]["edges"]]
    assert sorted(node["id"] for node in nodes) == sorted(expected)
    forms = {A: "tea.example.org", B: "no site", C: None}
    assert all(node["profile"]["site"] == forms[node["id"]] for node in nodes)


async def test_of_more_accounts_than_can_be_looked_at_none_is_listed(store, monkeypatch):
    rich = {"revenue": {"atLeast": 3}}
    monkeypatch.setattr(listing, "MOST_ROLLED_UP", 2)
    assert await refused(store, filter=rich) == {"ACCOUNTS_TOO_MANY"}
    narrowed = {"and": [{"employees": {"exists": True}}, rich]}
    assert await ids(store, filter=narrowed) == [B]
    monkeypatch.setattr(listing, "MOST_COMPARED", 2)
    assert await refused(store, filter={"name": {"equals": "Tea"}}) == {"ACCOUNTS_TOO_MANY"}
    assert len(await ids(store)) == 3


async def test_what_is_read_for_all_of_them_together_is_bounded(store, monkeypatch):
    rich = {"revenue": {"atLeast": 3}}
    monkeypatch.setattr(listing, "MOST_EVENTS", 4)
    assert await refused(store, filter=rich) == {"ACCOUNTS_TOO_MANY"}
    monkeypatch.setattr(listing, "MOST_EVENTS", 5)
    assert await ids(store, filter=rich) == [B]
    monkeypatch.setattr(rolling_up, "MOST_EVENTS", 0)
    assert await refused(store, filter=rich) == {"ACCOUNT_TOO_LARGE"}


async def test_what_traits_decide_is_decided_by_them(store, monkeypatch):
    monkeypatch.setattr(listing, "MOST_ROLLED_UP", 0)
    rich = {"revenue": {"atLeast": 3}}
    assert await ids(store, filter={"or": [{"name": {"exists": True}}, rich]}) == sorted([A, B, C])
    assert await ids(store, filter={"and": [{"name": {"exists": False}}, rich]}) == []


async def test_who_is_told_of_no_small_group_compares_no_roll_ups(store):
    few = CallerContext("ann", ("analyst",), smallest_group=5)
    rich, order = {"revenue": {"atLeast": 3}}, [{"field": "PEOPLE"}]
    assert await refused(store, few, filter=rich) == {"SUPPRESSED_SMALL_GROUP"}
    assert await refused(store, few, order=order) == {"SUPPRESSED_SMALL_GROUP"}
    answer = await ask(store, few, filter={"name": {"equals": "Tea"}})
    assert [edge["node"]["id"] for edge in answer["data"]["accounts"]["edges"]] == [A]


async def test_whom_row_rules_narrow_finds_no_account(store):
    some = CallerContext(
        "ann", ("agent",), predicate=condition_text(ValueTest("team", "equals", "east"))
    )
    answer = await ask(store, some, filter={"revenue": {"exists": True}}, order=[{"field": "NAME"}])
    assert answer["data"]["accounts"]["edges"] == []


async def test_what_means_nothing_is_refused(store):
    assert await refused(store, filter={"not": {}}) == {"FILTER_INVALID"}
    assert await refused(store, filter={"name": {"equals": None}}) == {"FILTER_INVALID"}
    five = [{"field": "NAME"}] * 5
    assert await refused(store, order=five) == {"ORDER_TOO_LONG"}


tests = st.sampled_from(
    [
        {"name": {"startsWith": "A"}},
        {"employees": {"atLeast": 2}},
        {"brands": {"contains": "x"}},
        {"people": {"atLeast": 1}},
        {"revenue": {"greaterThan": 1}},
        {"revenue": {"exists": False}},
    ]
)
filters = st.recursive(
    tests,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"and": some}),
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"or": some}),
        parts.map(lambda one: {"not": one}),
    ),
    max_leaves=4,
)
orders = st.lists(st.tuples(st.sampled_from(sorted(ASKED)), st.booleans()), max_size=3)


def holds(given, values):
    """What a filter says, read plainly."""
    found = []
    for name, said in given.items():
        if name in ("and", "or"):
            found.append((all if name == "and" else any)(holds(one, values) for one in said))
        elif name == "not":
            found.append(not holds(said, values))
        else:
            ((operator, wanted),) = said.items()
            found.append(_passes(operator, values.get(name), wanted))
    return all(found)


def _passes(operator, value, wanted):
    if operator == "exists":
        return (value is not None) is wanted
    if value is None:
        return False
    return {
        "startsWith": lambda: value.startswith(wanted),
        "atLeast": lambda: value >= wanted,
        "greaterThan": lambda: value > wanted,
        "contains": lambda: wanted in value,
    }[operator]()


async def shown(store):
    """All accounts with all that they show."""
    query = SHOWN % (" ".join(TRAITS), " ".join(ROLL_UPS))
    answer = await SUBGRAPHS(store).execute(query, {}, None, CALLER)
    nodes = [edge["node"] for edge in answer["data"]["accounts"]["edges"]]
    both = {one["id"]: {**one["profile"], **one["rollUps"]} for one in nodes}
    return {id_: {n: v for n, v in of.items() if v is not None} for id_, of in both.items()}


def sorted_plainly(found, wanted):
    """By the last order first, who lacks a value behind: sorting keeps what was sorted before."""
    placed = sorted(found)
    for name, descending in reversed(wanted):
        having = [id_ for id_ in placed if name in found[id_]]
        lacking = [id_ for id_ in placed if name not in found[id_]]
        having.sort(key=lambda id_: found[id_][name], reverse=descending)
        placed = having + lacking
    return placed


@settings(max_examples=60, deadline=None)
@given(entries=worlds(), given_filter=st.none() | filters, wanted=orders, size=st.integers(1, 3))
async def test_a_list_is_what_is_filtered_and_sorted_plainly(entries, given_filter, wanted, size):
    store = MemoryAccountStore(ACCOUNT_ID)
    await feed(store, entries)
    all_of_them = await shown(store)
    found = {i: v for i, v in all_of_them.items() if given_filter is None or holds(given_filter, v)}
    order = [{"field": ASKED[n], "direction": "DESC" if d else "ASC"} for n, d in wanted]
    pages, after = [], None
    while True:
        page = await listed(store, filter=given_filter, order=order, first=size, after=after)
        pages += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages == sorted_plainly(found, wanted)


values = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
leaves = st.builds(
    ValueTest, st.sampled_from("abc"), st.sampled_from(["at_least", "equals"]), st.integers(0, 2)
)
conditions = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda some: All(tuple(some))),
        st.lists(parts, max_size=3).map(lambda some: AnyOf(tuple(some))),
        parts.map(Not),
    ),
)


@given(conditions, values, st.frozensets(st.sampled_from("abc")), values)
def test_what_is_decided_holds_whatever_else_is_found(condition, known, unknown, more):
    told = {name: value for name, value in known.items() if name not in unknown}
    whole = {**told, **{name: value for name, value in more.items() if name in unknown}}
    found = decided(condition, told, unknown)
    assert found in (None, condition.holds(whole))
    assert unknown or found is not None


@given(
    st.lists(st.builds(Place, st.tuples(st.none() | st.integers(0, 2)), st.text("ab", max_size=2))),
    st.booleans(),
)
def test_what_comes_after_a_place_is_what_is_sorted_behind_it(found, descending):
    by = (Order("a", descending),)
    placed = in_order(set(found), by)
    for number, place in enumerate(placed):
        assert [one for one in placed if is_beyond(one, place, by)] == placed[number + 1 :]
