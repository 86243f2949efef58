"""`@defer`: what may come later does, and everything together is the whole answer."""

import asyncio
import contextlib
import json

import httpx
import pytest
from c360_federation import Denial, GraphQLHttpApp, SubgraphUnreachable, engine_executor

QUERY = """{ me { name ...@defer(label: "late") { reviews { text } } } }"""


@pytest.fixture
def deferring(world, subgraph):
    gate = asyncio.Event()
    people = [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}]
    made = world(
        people=subgraph(
            "type Query { me: User all: [User!] who: Named } interface Named { name: String } "
            'type User implements Named @key(fields: "id") { id: ID! name: String }',
            {
                "Query.me": lambda _: people[0],
                "Query.all": lambda _: people,
                "Query.who": lambda _: {"__typename": "User", **people[0]},
            },
            {"User": lambda one: next(each for each in people if each["id"] == one["id"])},
        ),
        reviews=subgraph(
            "type Query { latest: Review } type Review { text: String author: User } "
            'type User @key(fields: "id") { id: ID! reviews: [Review!] must: Int! }',
            {
                "Query.latest": lambda _: {"text": "new", "author": {"id": "2"}},
                "User.reviews": lambda one: [{"text": f"by {one['id']}", "author": one}],
            },
            {"User": lambda one: {"id": one["id"]}},
        ),
    )
    reviews = made.subgraphs["reviews"]

    async def gated(request, context):
        await gate.wait()
        return await reviews(request, context)

    made.subgraphs["reviews"] = gated
    made.gate = gate
    return made


async def parts(world, query, variables=None, **more):
    prepared = world.engine.prepare(query, None, variables, **more)
    return [one async for one in world.engine.execute_in_parts(prepared)]


def together(payloads):
    """Put all payloads into one answer."""
    first, *rest = json.loads(json.dumps(payloads))
    for payload in rest:
        for one in payload.get("incremental", ()):
            place = first["data"]
            for step in one["path"]:
                place = place[step]
            merge(place, one["data"])
    return first["data"]


def merge(place, data):
    for key, value in data.items():
        if isinstance(place.get(key), dict):
            merge(place[key], value)
        elif isinstance(place.get(key), list):
            for old, new in zip(place[key], value, strict=True):
                merge(old, new)
        else:
            place[key] = value


async def test_the_first_part_does_not_wait_for_the_rest(deferring):
    results = deferring.engine.execute_in_parts(deferring.engine.prepare(QUERY))
    assert await anext(results) == {"data": {"me": {"name": "Ann"}}, "hasNext": True}
    deferring.gate.set()
    assert [one async for one in results] == [
        {
            "incremental": [
                {"data": {"reviews": [{"text": "by 1"}]}, "path": ["me"], "label": "late"}
            ],
            "hasNext": False,
        }
    ]


@pytest.mark.parametrize(
    "query, count",
    [
        (QUERY, 2),
        ("{ all { name ...@defer { reviews { text author { name } } } } }", 2),
        ("{ me { ...f @defer } } fragment f on User { name reviews { text } }", 2),
        ("{ me { name ...@defer { id } } latest { text } }", 2),
        ("{ me { name } ...@defer { latest { text } } }", 2),
        ("{ who { name ... on User @defer { reviews { text } } } }", 2),
        ("{ who { ... on User { ...@defer { reviews { text } } } } }", 2),
        (
            "{ me { ...@defer { reviews { text ...@defer { author { name } } } } "
            "name ...@defer { id } } }",
            4,
        ),
        ("{ me { reviews { text } ...@defer { reviews { author { name } } } } }", 2),
    ],
)
async def test_all_parts_are_the_whole_answer(deferring, query, count):
    deferring.gate.set()
    whole = await deferring.data(query)
    payloads = await parts(deferring, query)
    assert together(payloads) == whole
    assert 2 <= len(payloads) <= count
    assert [one["hasNext"] for one in payloads] == [True] * (len(payloads) - 1) + [False]


@pytest.mark.parametrize("query", ["{ me { name } }", "{ me { ...@defer(if: false) { name } } }"])
async def test_nothing_deferred_is_one_payload(deferring, query):
    assert await parts(deferring, query) == [{"data": {"me": {"name": "Ann"}}}]


async def test_a_variable_may_say_whether(deferring):
    query = "query ($late: Boolean!) { me { ...@defer(if: $late) { name } } }"
    assert len(await parts(deferring, query, {"late": False})) == 1
    assert len(await parts(deferring, query, {"late": True})) == 2


async def test_a_fragment_for_another_place_delivers_nothing(deferring):
    query = "{ me { name } latest { author { ...@defer { name } } } }"
    deferring.subgraphs["reviews"] = _down
    first, last = await parts(deferring, query)
    assert first["data"] == {"me": {"name": "Ann"}, "latest": None}
    assert last == {"hasNext": False}


async def _down(request, context):
    raise SubgraphUnreachable("down")


async def test_what_fails_later_is_told_later(deferring):
    deferring.subgraphs["reviews"] = _down
    first, last = await parts(deferring, QUERY)
    assert "errors" not in first
    (late,) = last["incremental"]
    assert late["data"] == {"reviews": None}
    assert [one["extensions"]["code"] for one in late["errors"]] == ["SUBGRAPH_UNREACHABLE"]


async def test_a_null_that_may_not_be_takes_only_its_part(deferring):
    deferring.subgraphs["reviews"] = _down
    first, last = await parts(deferring, "{ me { name ...@defer { must } } }")
    assert first["data"] == {"me": {"name": "Ann"}}
    (late,) = last["incremental"]
    assert (late["data"], late["path"]) == (None, ["me"])
    assert [one["extensions"]["code"] for one in late["errors"]] == ["SUBGRAPH_UNREACHABLE"]


async def test_leaving_ends_what_is_under_way(deferring):
    results = deferring.engine.execute_in_parts(deferring.engine.prepare(QUERY))
    await anext(results)
    before = len(asyncio.all_tasks())
    await results.aclose()
    assert len(asyncio.all_tasks()) == before - 1


class Rules:
    key = "rules"

    def decide(self, use):
        return Denial("DENIED", "no") if use.coordinate == "Review.text" else None

    def transform(self, coordinate):
        return (lambda _: "***") if coordinate == "User.name" else None

    def introspection(self, schema):
        return schema


async def test_what_comes_later_is_filtered_and_masked_like_the_rest(deferring):
    deferring.gate.set()
    query = "{ me { id ...@defer { reviews { text author { name } } } } }"
    first, last = await parts(deferring, query, policy=Rules())
    assert [one["extensions"]["code"] for one in first["errors"]] == ["DENIED"]
    (late,) = last["incremental"]
    assert late["data"] == {"reviews": [{"text": None, "author": {"name": "***"}}]}
    assert "text" not in deferring.texts.partition("reviews:")[2]


# over HTTP


@contextlib.asynccontextmanager
async def client(world):
    app = GraphQLHttpApp(engine_executor(world.engine))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as made:
        yield made


async def test_parts_over_http(deferring):
    deferring.gate.set()
    accept = {"accept": "multipart/mixed;deferSpec=20220824, application/json"}
    async with client(deferring) as http:
        reply = await http.post("/", json={"query": QUERY}, headers=accept)
    assert reply.headers["content-type"].startswith('multipart/mixed; boundary="-"')
    head = "\r\n---\r\ncontent-type: application/json\r\n\r\n"
    assert reply.text == (
        head
        + '{"data":{"me":{"name":"Ann"}},"hasNext":true}'
        + head.replace("---\r", "---\r", 1)
        + '{"hasNext":false,"incremental":[{"data":{"reviews":[{"text":"by 1"}]},'
        '"path":["me"],"label":"late"}]}\r\n-----\r\n'
    )


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_who_wants_the_answer_whole_gets_it_whole(deferring, accept):
    deferring.gate.set()
    async with client(deferring) as http:
        reply = await http.post("/", json={"query": QUERY}, headers={"accept": accept})
    assert reply.json() == {"data": {"me": {"name": "Ann", "reviews": [{"text": "by 1"}]}}}


async def test_an_answer_without_parts_is_plain_json(deferring):
    async with client(deferring) as http:
        body = {"query": "{ me { name } }"}
        reply = await http.post("/", json=body, headers={"accept": "multipart/mixed"})
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
