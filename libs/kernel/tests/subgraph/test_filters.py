"""A filter becomes the condition that a segment would state: as such a document it is compared."""

from typing import Any

import pytest
import strawberry
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.conditions.facts import Acting, acting_by, acting_fact
from c360_kernel.conditions.reading import read_traits
from c360_kernel.conditions.tree import All, Not, ValueTest
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.catalog_types import customer_filter, filter_condition, segments_in
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph


class Conditions:
    """Reads filters through GraphQL, as a resolver gets them."""

    def __init__(self, catalog: Catalog) -> None:
        self.given: list[object] = []
        self.filters: list[object] = []
        filter_type: Any = customer_filter(catalog)

        @strawberry.type
        class Query:
            @strawberry.field
            def read(self, filter: filter_type) -> bool:
                conditions.filters.append(filter)
                conditions.given.append(filter_condition(filter, catalog))
                return True

        conditions = self

        async def ready() -> bool:
            return True

        self._subgraph = Subgraph("test", build_schema(Query), lambda caller: caller, ready)

    async def response(self, filter_: object) -> dict[str, Any]:
        query = "query ($f: CustomerFilter!) { read(filter: $f) }"
        return await self._subgraph.execute(query, {"f": filter_}, None, CallerContext("a", ()))

    async def of(self, filter_: object) -> object:
        assert await self.response(filter_) == {"data": {"read": True}}
        return self.given[-1]

    async def taken(self, filter_: object) -> object:
        assert await self.response(filter_) == {"data": {"read": True}}
        return self.filters[-1]


@pytest.fixture(scope="module")
def conditions(catalog: Catalog) -> Conditions:
    return Conditions(catalog)


@pytest.mark.parametrize(
    ("filter_", "condition"),
    [
        ({}, None),
        ({"phone": None, "and": None, "or": None, "not": None}, None),
        ({"and": [{}, {}]}, None),
        ({"phone": {"startsWith": "1"}}, {"trait": "phone", "op": "starts_with", "value": "1"}),
        ({"phone": {"in": ["1"]}}, {"trait": "phone", "op": "in", "value": ["1"]}),
        ({"points": {"atLeast": 2**40}}, {"trait": "points", "op": "at_least", "value": 2**40}),
        ({"points": {"equals": 0}}, {"trait": "points", "op": "equals", "value": 0}),
        (
            {"newsletter": {"equals": False}},
            {"trait": "newsletter", "op": "equals", "value": False},
        ),
        ({"newsletter": {"exists": False}}, {"trait": "newsletter", "op": "missing"}),
        ({"newsletter": {"exists": True}}, {"trait": "newsletter", "op": "exists"}),
        (
            {"interests": {"contains": "tea"}},
            {"trait": "interests", "op": "contains", "value": "tea"},
        ),
        ({"class": {"notEquals": "a"}}, {"trait": "class", "op": "not_equals", "value": "a"}),
        (
            {"seenAt": {"lessThan": "1970-01-01T01:00:00+01:00"}},
            {"trait": "seenAt", "op": "less_than", "value": "1970-01-01T00:00:00Z"},
        ),
        (
            {"spend": {"greaterThan": 1, "atMost": 5}},
            {
                "all": [
                    {"trait": "spend", "op": "greater_than", "value": 1.0},
                    {"trait": "spend", "op": "at_most", "value": 5.0},
                ]
            },
        ),
        (
            {"or": [{"class": {"equals": "a"}}, {"not": {"class": {"exists": True}}}]},
            {
                "any": [
                    {"trait": "class", "op": "equals", "value": "a"},
                    {"not": {"trait": "class", "op": "exists"}},
                ]
            },
        ),
    ],
)
async def test_conditions(
    conditions: Conditions, catalog: Catalog, filter_: object, condition: dict[str, Any] | None
) -> None:
    expected = None if condition is None else read_traits(condition, catalog.traits)
    assert await conditions.of(filter_) == expected


async def test_a_segment_is_its_condition(conditions: Conditions, catalog: Catalog) -> None:
    spenders = read_traits(catalog.segments["spenders"].condition, catalog.traits)
    others = read_traits(catalog.segments["rich_or_read"].condition, catalog.traits)
    assert await conditions.of({"segments": {"spenders": True}}) == spenders
    assert await conditions.of({"segments": {"richOrRead": False}}) == Not(others)
    both = {"segments": {"richOrRead": True, "spenders": False}}
    assert await conditions.of(both) == All((Not(spenders), others))
    assert await conditions.of({"segments": {"spenders": None}}) is None


async def test_segments_are_found_in_whatever_depth(
    conditions: Conditions, catalog: Catalog
) -> None:
    def named(given: object) -> list[str]:
        return [one.name for one in segments_in(given, catalog)]

    in_all = {"and": [{"phone": {"exists": True}}, {"segments": {"spenders": False}}]}
    either = {"or": [in_all, {"not": {"segments": {"richOrRead": True}}}]}
    assert named(await conditions.taken(either)) == ["spenders", "rich_or_read"]
    assert named(await conditions.taken({"phone": {"exists": True}})) == []
    unsaid = {"segments": {"spenders": None}, "and": None}
    assert named(await conditions.taken(unsaid)) == []


async def test_sources_are_a_value_under_a_name_of_their_own(conditions: Conditions) -> None:
    asked = {"sources": {"contains": "crm"}, "phone": {"exists": True}}
    tests = (ValueTest("phone", "exists"), ValueTest("sources:", "contains", "crm"))
    assert await conditions.of(asked) == All(tests)


@pytest.mark.parametrize(
    ("stated", "tests"),
    [
        ({}, None),
        ({"marketing": None}, None),
        ({"marketing": {}}, None),
        (
            {"marketing": {"equals": "GRANTED"}},
            ValueTest("consent:marketing", "equals", "granted"),
        ),
        (
            {"personalAds": {"in": ["DENIED", "WITHDRAWN"]}},
            ValueTest("consent:personal-ads", "in", ("denied", "withdrawn")),
        ),
        (
            {"personalAds": {"exists": False}, "marketing": {"notEquals": "EXPIRED"}},
            All(
                (
                    ValueTest("consent:marketing", "not_equals", "expired"),
                    ValueTest("consent:personal-ads", "missing"),
                )
            ),
        ),
    ],
)
async def test_what_holds_for_a_purpose_is_a_value_under_a_name_of_its_own(
    conditions: Conditions, stated: object, tests: object
) -> None:
    assert await conditions.of({"consents": stated}) == tests


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        (
            {"consents": {"personalAds": {"equals": None}}},
            "'equals' of 'personalAds' is null; ask for exists: false instead",
        ),
        ({"phone": {"equals": None}}, "'equals' of 'phone' is null; ask for exists: false instead"),
        ({"or": []}, "'or' needs at least one filter"),
        ({"or": [{"class": {"equals": "a"}}, {}]}, "an empty filter inside 'or'"),
        ({"not": {}}, "an empty filter inside 'not'"),
        ({"phone": {"equals": "\ud800"}}, "a text of 'phone' is broken Unicode"),
        ({"phone": {"in": ["1", "\udfff"]}}, "a text of 'phone' is broken Unicode"),
    ],
)
async def test_filters_that_mean_nothing(
    conditions: Conditions, filter_: object, message: str
) -> None:
    [error] = (await conditions.response(filter_))["errors"]
    assert error["extensions"]["code"] == "FILTER_INVALID"
    assert error["message"] == message


@pytest.mark.parametrize(
    "filter_",
    [
        {"phone": {"equals": 13812345678}},
        {"birthDate": {"equals": "13812345678"}},
        {"points": {"equals": 2**63}},
        {"points": {"equals": "13812345678"}},
        {"seenAt": {"equals": "13812345678"}},
        {"13812345678": {"equals": 1}},
    ],
)
async def test_a_value_of_another_type_is_not_echoed(
    conditions: Conditions, filter_: object
) -> None:
    [error] = (await conditions.response(filter_))["errors"]
    assert error["extensions"]["code"] == "VARIABLE_INVALID"
    assert error["message"] == "variable $f is not a valid CustomerFilter!"


ACCOUNTS = """
sources: {crm: {priority: 0}}
identifiers: {}
traits: {name: {type: string, tag: name, survivorship: latest}}
events: {ordered: {properties: {amount: {type: float, tag: public}}}}
accounts:
  traits: {industry: {type: string, tag: public, survivorship: latest}}
  kinds: {member: {}}
  roles: {buyer: {}}
  computed:
    orders: {kind: count, event: ordered, tag: account_link, live: true}
    spent: {kind: sum, event: ordered, property: amount, tag: account_link}
"""


@pytest.fixture(scope="module")
def of_accounts() -> Conditions:
    return Conditions(parse_catalog(ACCOUNTS, "accounts"))


@pytest.mark.parametrize(
    ("filter_", "acting"),
    [
        ({}, Acting(0)),
        ({"kind": "member", "role": "buyer"}, Acting(0, "member", "buyer")),
        ({"id": "a1"}, Acting(0, account="a1")),
        ({"record": {"source": "crm", "key": "a/1"}}, Acting(0, record="crm/a/1")),
        ({"where": {}}, Acting(0)),
        (
            {"where": {"industry": {"equals": "tea"}}},
            Acting(0, where=ValueTest("industry", "equals", "tea")),
        ),
        (
            {"where": {"not": {"orders": {"atLeast": 3}}}},
            Acting(0, where=Not(ValueTest("orders", "at_least", 3))),
        ),
    ],
)
async def test_whom_customers_act_for_is_one_number(of_accounts, filter_, acting):
    stated = await of_accounts.of({"account": filter_})
    assert stated == ValueTest(acting_fact(acting), "at_least", 1)
    assert acting_by(stated.name) == acting


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"kind": "owner"}, "'kind' of 'account' is none of the catalog"),
        ({"role": ""}, "'role' of 'account' is none of the catalog"),
        ({"role": None}, "a test of 'account' is null"),
        ({"where": None}, "a test of 'account' is null"),
        ({"id": ""}, "'id' of 'account' names no account"),
        ({"id": "a\0"}, "'id' of 'account' names no account"),
        ({"record": {"source": "", "key": "1"}}, "'record' of 'account' names no account"),
        ({"record": {"source": "a/b", "key": "1"}}, "'record' of 'account' names no account"),
        ({"record": {"source": "crm", "key": ""}}, "'record' of 'account' names no account"),
        ({"where": {"spent": {"atLeast": 1}}}, "'spent' is not live: "),
        ({"where": {"not": {}}}, "an empty filter inside 'not'"),
    ],
)
async def test_what_names_no_link_is_refused(of_accounts, filter_, message):
    (error,) = (await of_accounts.response({"account": filter_}))["errors"]
    assert error["message"].startswith(message)
    assert (error["extensions"]["code"], error["path"]) == ("FILTER_INVALID", ["read"])


def test_without_kinds_of_links_nothing_is_asked_of_them(conditions, catalog):
    assert not catalog.accounts.kinds
    assert not hasattr(customer_filter(catalog), "account")
