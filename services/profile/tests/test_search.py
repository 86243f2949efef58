"""Who finds whom in the search box."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.visibility import Visibility
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.search.search import place_of_id
from c360_profile.domain.search.standards import standards_of
from c360_profile.domain.search.wanted import SearchInvalid, closeness, wanted_of
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import RULES
from c360_profile.testing.entries import assigned, upserted

PEOPLE = {
    "c1": {"name": "王小明", "phone": "13812345678", "member": True},
    "c2": {"name": "Wang Xiaoming", "member": False},
    "c3": {"name": "Anna Johnson", "phone": "+8613987654321"},
}
NAMES = frozenset(("Profile.name", "CustomerFilter.name"))
PHONES = frozenset(("Profile.phone", "CustomerFilter.phone"))
PAGE = "{ edges { cursor node { id } } pageInfo { hasNextPage endCursor } }"


def seeing(used, **more):
    return CallerContext("tester", ("admin",), visibility=Visibility(used, used), **more)


@pytest.fixture
async def subgraph(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        for n, (id_, traits) in enumerate(PEOPLE.items()):
            key = RecordKey("crm", id_)
            told = [upserted(key, traits, at=1000 + n), assigned(key, id_, at=1000 + n)]
            await ProfileHandler(RULES).handle(unit, told)
    yield profile_subgraphs(RULES, SEALER)(store)
    await store.close()


async def asked(subgraph, caller, text, arguments=""):
    query = f"query($t: String!) {{ searchCustomers(text: $t{arguments}) {PAGE} }}"
    return await subgraph.execute(query, {"t": text}, None, caller)


async def found(subgraph, caller, text):
    response = await asked(subgraph, caller, text)
    return [edge["node"]["id"] for edge in response["data"]["searchCustomers"]["edges"]]


@pytest.mark.parametrize(
    ("typed", "value", "expected"),
    [
        ("王小明", "王小明", 0),
        ("小明", "王小明", 0),
        ("wang xiaoming", "王小明", 0),
        ("WANGXIAOMING", "王小明", 0),
        ("xiaoming wang", "王小明", 0),
        ("王晓明", "王小明", 1),
        ("xiaomng", "王小明", 1),
        ("李小龙", "王小明", None),
        ("王小明", "王小強", None),
        ("欧阳文博", "欧阳浩然", None),
        ("欧阳文博", "欧阳文浩", 1),
        ("臺北", "台北市", 0),
        ("xiao ming", "WangXiaoming", 0),
        ("Ｊｏｈｎｓｏｎ　anna", "Anna JOHNSON", 0),
        ("jose", "José", 0),
        ("jonson", "Anna Johnson", 1),
        ("johsnon", "Anna Johnson", 1),
        ("jxhnsxn", "Anna Johnson", None),
        ("建国路", "北京市朝阳区建国路88号", 0),
        ("88 jianguolu", "北京市朝阳区建国路88号", 0),
        ("朝阳区建果路", "北京市朝阳区建国路88号", 1),
        ("89 建国路", "北京市朝阳区建国路88号", None),
        ("anna smith", "Anna Johnson", None),
    ],
)
def test_how_near_a_value_is_to_what_was_typed(typed, value, expected):
    assert closeness(wanted_of(typed), {"name": value}) == expected


SPELT = parse_catalog(
    """
sources: {crm: {priority: 0}}
gazetteers:
  streets: |
    word,synonyms
    Street,St
traits:
  city: {type: string, tag: city, synonyms: {New York: [NYC, Big Apple], 北京: [Peking]}}
  address: {type: string, tag: address, words: streets}
  plan: {type: string, tag: public, synonyms: {gold: [g1]}}
""",
    "test",
)


@pytest.mark.parametrize(
    ("typed", "values", "expected"),
    [
        ("nyc", {"city": "New York"}, 0),
        ("ＮＹＣ", {"city": "New York"}, 0),
        ("nyc", {"city": "York"}, None),
        ("york", {"city": "New York"}, 0),
        ("Peking 王小明", {"city": "北京", "name": "王小明"}, 0),
        ("main st", {"address": "12 Main Street"}, 0),
        ("apple", {"city": "New York"}, None),
        ("plan g", {"plan": "gold"}, None),
    ],
)
def test_a_spelling_finds_what_it_stands_for(typed, values, expected):
    assert closeness(wanted_of(typed, standards_of(SPELT)), values) == expected


async def test_who_types_a_spelling_finds_the_standard_form(tmp_path):
    rules = GoldenRules(SPELT, Normalizers(SPELT).normalize)
    store = SqliteProfileStore(tmp_path / "profile.db")
    key = RecordKey("crm", "1")
    async with store.unit() as unit:
        told = [upserted(key, {"city": "peking"}, at=1), assigned(key, "c1", at=1)]
        await ProfileHandler(rules).handle(unit, told)
    used = frozenset(("Profile.city", "CustomerFilter.city"))
    graph = profile_subgraphs(rules, SEALER)(store)
    assert await found(graph, seeing(used), "PEKING") == ["c1"]
    await store.close()


@pytest.mark.parametrize("text", ["", " -- ", "a" * 201, "a b c d e f g h i"])
def test_what_cannot_be_searched_for_is_refused(text):
    with pytest.raises(SearchInvalid):
        wanted_of(text)


async def test_exact_ones_come_before_those_with_errors(subgraph):
    assert set(await found(subgraph, seeing(NAMES), "xiaoming")) == {"c1", "c2"}
    assert (await found(subgraph, seeing(NAMES), "王晓明")) == ["c1"]
    assert await found(subgraph, seeing(NAMES), "johsnon anna") == ["c3"]


async def test_any_spelling_of_an_identifier_finds_by_it_alone(subgraph):
    for text in (
        "138 1234 5678",
        "+86-138-1234-5678",
        "１３８１２３４５６７８",
        "0086 13812345678",
    ):
        assert await found(subgraph, seeing(NAMES | PHONES), text) == ["c1"]
    assert await found(subgraph, seeing(NAMES | PHONES), "139 8765 4321") == ["c3"]


@pytest.mark.parametrize(
    "used", [frozenset(), PHONES, frozenset(("Profile.name",)), frozenset(("CustomerFilter.name",))]
)
async def test_nobody_finds_by_what_they_may_not_read_and_filter_by(subgraph, used):
    for text in ("王小明", "johnson", "xiaomng"):
        assert await found(subgraph, seeing(used), text) == []


async def test_a_telephone_finds_nobody_for_who_may_not_filter_by_it(subgraph):
    for used in (NAMES, NAMES | {"Profile.phone"}):
        assert await found(subgraph, seeing(used), "13812345678") == []


async def test_who_is_out_of_scope_is_not_found(subgraph):
    members = '["test","member","equals",true]'
    assert await found(subgraph, seeing(NAMES, predicate=members), "xiaoming") == ["c1"]
    response = await asked(subgraph, seeing(NAMES, smallest_group=5), "xiaoming")
    assert response["errors"][0]["extensions"]["code"] == "SUPPRESSED_SMALL_GROUP"


async def test_what_a_customer_is_no_longer_called_finds_nobody(subgraph, tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        renamed = [upserted(RecordKey("crm", "c3"), {"name": "Bob"}, at=9000)]
        await ProfileHandler(RULES).handle(unit, renamed)
    await store.close()
    assert await found(subgraph, seeing(NAMES), "johnson") == []
    assert await found(subgraph, seeing(NAMES), "bob") == ["c3"]


async def test_pages_go_on_from_a_cursor_of_the_same_text(subgraph):
    whole = await found(subgraph, seeing(NAMES), "xiaoming")
    first = (await asked(subgraph, seeing(NAMES), "xiaoming", ", first: 1"))["data"]
    page = first["searchCustomers"]
    assert (page["edges"][0]["node"]["id"], page["pageInfo"]["hasNextPage"]) == (whole[0], True)
    arguments = f', first: 1, after: "{page["pageInfo"]["endCursor"]}"'
    second = (await asked(subgraph, seeing(NAMES), "xiaoming", arguments))["data"]
    edges = second["searchCustomers"]["edges"]
    assert [edge["node"]["id"] for edge in edges] == whole[1:]
    other = await asked(subgraph, seeing(NAMES), "johnson", arguments)
    assert other["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("place", [[0, 2**62, "c1"], [0, 0, "c1"], [0, "c1"], [0, 0, "c1", 1]])
async def test_a_cursor_of_a_time_when_customers_stood_elsewhere_is_refused(subgraph, place):
    cursor = SEALER.seal("Query.searchCustomers xiaoming", place)
    refused = await asked(subgraph, seeing(NAMES), "xiaoming", f', after: "{cursor}"')
    assert refused["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"
    assert (refused["data"] or {}).get("searchCustomers") is None


async def test_a_cursor_holds_where_its_customer_is_gone(subgraph):
    cursor = SEALER.seal("Query.searchCustomers xiaoming", [0, place_of_id("gone"), "gone"])
    answer = await asked(subgraph, seeing(NAMES), "xiaoming", f', after: "{cursor}"')
    assert answer.get("errors") in (None, [])
