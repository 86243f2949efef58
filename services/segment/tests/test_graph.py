import pytest
from c360_kernel.catalog.loader import default_catalog, parse_catalog
from c360_kernel.context import CallerContext
from c360_kernel.errors import SettingsError
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.version import Version
from c360_kernel.visibility import Visibility
from c360_segment.bootstrap import build
from c360_segment.domain.state import Membership
from c360_segment.graph import segment_subgraph
from c360_segment.settings import SegmentSettings
from c360_segment.testing import MemorySegmentStore

from services.segment.tests.conftest import VOCABULARY

TESTED, DEFAULT = parse_catalog(VOCABULARY, "testing"), default_catalog()
ALL = [everything(catalog) for catalog in (TESTED, DEFAULT)]
CALLER = CallerContext(
    principal="p",
    roles=("r",),
    visibility=Visibility(used=ALL[0].used | ALL[1].used),
)


class CountingStore(MemorySegmentStore):
    """Counts how often a customer's segments are read."""

    reads = 0

    async def segments_of(self, customers):
        self.reads += 1
        return await super().segments_of(customers)


@pytest.fixture
async def store():
    store = CountingStore()
    async with store.unit() as unit:
        for n in range(7):
            await unit.keep_memberships({(f"c{n}", "buyers"): Membership(True, Version(0, 0))})
        await unit.keep_memberships({("c2", "golden"): Membership(True, Version(0, 0))})
        await unit.keep_memberships({("c2", "forgotten"): Membership(True, Version(0, 0))})
    return store


@pytest.fixture
def ask(store, segments):
    subgraph = segment_subgraph(store, segments, SEALER)

    async def ask(query, **variables):
        return await subgraph.execute(query, variables, None, CALLER)

    return ask


async def data(answer):
    assert "errors" not in answer, answer
    return answer["data"]


async def test_a_segment_and_its_size(ask):
    answer = await ask(
        '{ segment(name: "buyers") { name title size } none: segment(name: "x") { name } }'
    )
    assert await data(answer) == {
        "segment": {"name": "buyers", "title": "Buyers", "size": 7},
        "none": None,
    }


async def test_all_segments_in_the_order_of_the_catalog(ask, segments):
    answer = await data(await ask("{ segments { name } }"))
    assert [each["name"] for each in answer["segments"]] == list(segments.by_name)


PAGE = """
query ($first: Int!, $after: String) {
  segment(name: "buyers") {
    members(first: $first, after: $after) {
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


async def test_pages_walk_through_every_member_once(ask):
    seen, after, pages = [], None, 0
    while True:
        answer = await data(await ask(PAGE, first=3, after=after))
        page = answer["segment"]["members"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        pages += 1
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        assert after == page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (seen, pages) == ([f"c{n}" for n in range(7)], 3)


async def test_a_cursor_stays_good_when_its_member_leaves(ask, store):
    first = await data(await ask(PAGE, first=3))
    async with store.unit() as unit:
        await unit.keep_memberships({("c2", "buyers"): Membership(False, Version(0, 1))})
    after = first["segment"]["members"]["pageInfo"]["endCursor"]
    page = (await data(await ask(PAGE, first=2, after=after)))["segment"]["members"]
    assert [edge["node"]["id"] for edge in page["edges"]] == ["c3", "c4"]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 201}, "PAGE_TOO_LARGE"),
        ({"first": -1}, "PAGE_SIZE_INVALID"),
        ({"first": 1, "after": "!"}, "CURSOR_INVALID"),
        ({"first": 1, "after": "bWVtYmVyOi0x"}, "CURSOR_INVALID"),
        ({"first": 1, "after": "é"}, "CURSOR_INVALID"),
    ],
)
async def test_bad_pages_are_refused_by_code(ask, variables, code):
    answer = await ask(PAGE, **variables)
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


ENTITIES = """
query ($of: [_Any!]!) {
  _entities(representations: $of) { ... on Customer { id segments { name } } }
}
"""


async def test_segments_of_many_customers_are_read_at_once(ask, store):
    of = [{"__typename": "Customer", "id": id} for id in ("c1", "c2", "nobody")]
    answer = await data(await ask(ENTITIES, of=of))
    assert answer["_entities"] == [
        {"id": "c1", "segments": [{"name": "buyers"}]},
        {"id": "c2", "segments": [{"name": "buyers"}, {"name": "golden"}]},
        {"id": "nobody", "segments": []},
    ]
    assert store.reads == 1


async def test_the_built_service_serves_its_schema(tmp_path):
    service = build(SegmentSettings(data=tmp_path), default_catalog(), SEALER)
    subgraph = service.open_graph()
    assert 'type Customer @key(fields: "id")' in subgraph.sdl()
    assert await subgraph.ready()
    answer = await subgraph.execute("{ segments { name size } }", None, None, CALLER)
    assert {each["size"] for each in answer["data"]["segments"]} == {0}


@pytest.mark.parametrize("url", ["neo4j://x", "sqlite:///", "segment.db"])
def test_an_unknown_store_is_refused(tmp_path, url):
    with pytest.raises(SettingsError, match="C360_SEGMENT_STORE"):
        build(SegmentSettings(data=tmp_path, segment_store=url), default_catalog(), SEALER)


BACKWARD = """
query ($last: Int, $before: String, $first: Int, $after: String) {
  segment(name: "buyers") {
    members(last: $last, before: $before, first: $first, after: $after) {
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


async def test_members_are_paged_from_the_end(ask):
    seen, before = [], None
    while True:
        answer = await data(await ask(BACKWARD, last=3, before=before))
        page = answer["segment"]["members"]
        seen = [edge["node"]["id"] for edge in page["edges"]] + seen
        assert page["pageInfo"]["hasNextPage"] == (before is not None)
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert seen == [f"c{n}" for n in range(7)]


async def test_members_between_two_cursors(ask):
    whole = (await data(await ask(BACKWARD, first=7)))["segment"]["members"]["edges"]
    cursors = [edge["cursor"] for edge in whole]
    for start in range(7):
        for end in range(7):
            bounds = {"after": cursors[start], "before": cursors[end]}
            inside = [f"c{n}" for n in range(start + 1, end)]
            for size, expected in ({"first": 2}, inside[:2]), ({"last": 2}, inside[-2:]):
                answer = await data(await ask(BACKWARD, **bounds, **size))
                found = answer["segment"]["members"]["edges"]
                assert [edge["node"]["id"] for edge in found] == expected


async def test_a_cursor_of_another_segment_is_refused(ask):
    query = '{ segment(name: "golden") { members(first: 1) { edges { cursor } } } }'
    (edge,) = (await data(await ask(query)))["segment"]["members"]["edges"]
    answer = await ask(PAGE, first=1, after=edge["cursor"])
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["CURSOR_INVALID"]
