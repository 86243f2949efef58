"""Errors stand at response positions: one for each null that stands for what failed."""

import asyncio

import pytest
from c360_federation import (
    Engine,
    InProcessStreams,
    InProcessTransport,
    RequestedOperation,
    SubgraphResponse,
    SubgraphUnreachable,
)

A = """
type Query { l: [B] nested: [[B!]!] deep: [Box] one: B any: [Any!] }
type Subscription { beat: [B] }
type Box { inner: [B] } type B @key(fields: "id") { id: ID! w: Int }
type C @key(fields: "id") { id: ID! }
union Any = B | C
"""
B = """
type B @key(fields: "id") { id: ID! n: String m(x: Int): String sub: Sub must: String! hard: Sub!
  w: Int @external sum: Int @requires(fields: "w") }
type C @key(fields: "id") { id: ID! n: String }
type Sub { s: String t: [String] u: String! }
"""


class Down:
    sdl = B

    async def __call__(self, request, context):
        raise SubgraphUnreachable("down")


def b(key):
    return {"__typename": "B", "id": str(key), "w": 1}


@pytest.fixture
def first(subgraph):
    return subgraph(
        A,
        {
            "Query.l": lambda _: [b(1), b(2), b(1)],
            "Query.nested": lambda _: [[b(1), b(2)], [], [b(3)]],
            "Query.deep": lambda _: [{"inner": None}, None, {"inner": [None, b(1)]}],
            "Query.one": lambda _: b(1),
            "Query.any": lambda _: [b(1), {"__typename": "C", "id": "9"}, b(2)],
        },
        {"B": lambda one: one, "C": lambda one: one},
    )


def fails_for(key):
    def field(one, **_):
        if one["id"] == key:
            raise ValueError("13812345678")
        return "ok"

    return field


@pytest.fixture
def picky(subgraph):
    """Fails for the entity 1 alone."""
    field = fails_for("1")
    return subgraph(
        B,
        {
            "B.n": field,
            "B.m": field,
            "B.must": field,
            "B.sub": lambda one: one,
            "B.hard": lambda one: one,
            "Sub.s": field,
            "Sub.t": lambda one: ["x", ValueError("138")] if one["id"] == "1" else ["y"],
            "Sub.u": field,
            "C.n": lambda _: "c",
            "B.sum": lambda one: one["w"],
        },
        {"B": lambda one: one, "C": lambda one: one},
    )


def paths(result):
    assert "138" not in str(result.errors)
    return [error.get("path") for error in result.errors]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("{ l { id n } }", [["l", at, "n"] for at in (0, 1, 2)]),
        ("{ x: l { y: n } }", [["x", at, "y"] for at in (0, 1, 2)]),
        ("{ l { n m } one { id } }", [["l", at, key] for at in (0, 1, 2) for key in "nm"]),
        ("{ nested { n } }", [["nested", *at, "n"] for at in ([0, 0], [0, 1], [2, 0])]),
        ("{ deep { inner { n } } }", [["deep", 2, "inner", 1, "n"]]),
        ("{ any { ... on B { n } } }", [["any", 0, "n"], ["any", 2, "n"]]),
        ("{ any { ... on B { b: n } ... on C { c: n } } }", [
            ["any", 0, "b"], ["any", 1, "c"], ["any", 2, "b"]]),
        ("{ one { sub { s t } } }", [["one", "sub"]]),
        ("{ one { w sum } }", [["one", "sum"]]),
        ("{ l { must } }", [["l", at, "must"] for at in (0, 1, 2)]),
    ],
)  # fmt: skip
async def test_a_failed_fetch_is_told_at_each_null(world, first, query, expected):
    result = await world(a=first, b=Down()).engine.run(query)
    assert paths(result) == expected
    assert {error["extensions"]["code"] for error in result.errors} == {"SUBGRAPH_UNREACHABLE"}
    assert all(_at(result.data, path) is None for path in expected)


def _at(data, path):
    for step in path:
        data = None if data is None else data[step]
    return data


@pytest.mark.parametrize(
    "query, expected",
    [
        ("{ l { id n } }", [["l", 0, "n"], ["l", 2, "n"]]),
        ("{ l { y: n } }", [["l", 0, "y"], ["l", 2, "y"]]),
        ("{ nested { n } l { n } }", [["nested", 0, 0, "n"], ["l", 0, "n"], ["l", 2, "n"]]),
        ("{ l { a: m(x: 1) b: m } }", [["l", at, key] for at in (0, 2) for key in "ab"]),
        ("{ any { ... on B { n } ... on C { n } } }", [["any", 0, "n"]]),
        ("{ l { sub { x: s } } }", [["l", at, "sub", "x"] for at in (0, 2)]),
        ("{ l { sub { t } } }", [["l", at, "sub", "t", 1] for at in (0, 2)]),
        ("{ l { sub { u } } }", [["l", at, "sub", "u"] for at in (0, 2)]),
        ("{ l { must n } }", [["l", at, "must"] for at in (0, 2)]),
        ("{ l { hard { x: u } } }", [["l", at, "hard", "x"] for at in (0, 2)]),
    ],
)
async def test_the_error_of_an_entity_is_told_wherever_it_stands(
    world, first, picky, query, expected
):
    result = await world(a=first, b=picky).engine.run(query)
    assert paths(result) == expected
    assert all(_at(result.data, path) is None for path in expected)


async def test_beyond_a_hundred_errors_of_a_fetch_are_counted(world, subgraph):
    many = subgraph(
        'type Query { l: [B] } type B @key(fields: "id") { id: ID! w: Int }',
        {"Query.l": lambda _: [b(key) for key in range(250)]},
    )
    result = await world(a=many, b=Down()).engine.run("{ l { n m } }")
    *stated, rest = result.errors
    assert [error["path"] for error in stated] == [
        ["l", at, key] for at in range(50) for key in ("n", "m")
    ]
    assert "path" not in rest
    assert rest["extensions"] == {
        "code": "SUBGRAPH_UNREACHABLE",
        "retryable": True,
        "service": "b",
        "count": 400,
    }


async def test_errors_that_a_subgraph_reports_are_counted_too(world, subgraph, picky):
    many = subgraph(
        'type Query { l: [B] } type B @key(fields: "id") { id: ID! w: Int }',
        {"Query.l": lambda _: [b(1) for _ in range(103)]},
    )
    result = await world(a=many, b=picky).engine.run("{ l { n } }")
    assert len(result.errors) == 101
    assert result.errors[-1]["extensions"]["count"] == 3


async def test_a_failure_that_only_others_miss_is_told_at_their_places(world, first, subgraph):
    class DownHere(Down):
        sdl = 'type B @key(fields: "id") { id: ID! v: Int }'

    last = subgraph(
        'type B @key(fields: "id") { id: ID! v: Int @external z: Int @requires(fields: "v") }',
        {"B.z": lambda one: one["v"]},
        {"B": lambda one: one},
    )
    w = world(a=first, b=DownHere(), c=last)
    result = await w.engine.run("{ l { z } }")
    assert result.data == {"l": [{"z": None}] * 3}
    assert paths(result) == [["l", at, "z"] for at in (0, 1, 2)]
    assert w.calls == ["a", "b"]


async def test_what_one_subgraph_answers_null_is_missed_without_an_error(world, subgraph):
    shared = 'type B @key(fields: "id") {{ id: ID! sub: Sub @shareable }} type Sub {{ {} }}'
    lists = "type Query { l: [B] } " + shared.format("s: String")
    known = {"1": {"s": "s"}, "2": None}
    here = {
        "Query.l": lambda _: [b(1), b(2)],
        "B.sub": lambda one: known[one["id"]],
    }
    there = {"id": "1", "sub": {"t": "t"}}
    other = subgraph(shared.format("t: String"), {}, {"B": lambda _: there})
    w = world(a=subgraph(lists, here, {"B": lambda one: one}), b=other)
    query = "{ l { sub { s t } } }"
    assert await w.data(query) == {
        "l": [{"sub": {"s": "s", "t": "t"}}, {"sub": {"s": None, "t": "t"}}]
    }
    nothing = {"l": [{"sub": {"s": "s", "t": None}}, {"sub": None}]}
    there["sub"] = None
    assert await w.data(query) == nothing
    other.entities = {"B": lambda _: None}
    assert await w.data(query) == nothing
    w.subgraphs["b"] = Down()
    result = await w.engine.run(query)
    assert result.data["l"][0] == {"sub": {"s": "s", "t": None}}
    assert paths(result)[0] == ["l", 0, "sub", "t"]


async def test_a_key_that_is_left_out_is_missed_where_it_was_needed(world, subgraph, picky):
    class Forgets:
        sdl = 'type Query { l: [B] } type B @key(fields: "id") { id: ID! w: Int }'

        async def __call__(self, request, context):
            return SubgraphResponse({"l": [{"w": 1}, b(2)]})

    result = await world(a=Forgets(), b=picky).engine.run("{ l { n } }")
    assert result.data == {"l": [{"n": None}, {"n": "ok"}]}
    assert [(one["path"], one["extensions"]["code"]) for one in result.errors] == [
        (["l", 0, "n"], "SUBGRAPH_BAD_REPLY")
    ]


async def test_an_error_beside_a_value_is_told_at_it(world, first):
    class Warns(Down):
        async def __call__(self, request, context):
            count = len(request.variables["representations"])
            error = {"message": "138", "path": ["_entities", 0, "sub"]}
            return SubgraphResponse({"_entities": [{"sub": {"s": "x"}}] * count}, [error])

    result = await world(a=first, b=Warns()).engine.run("{ l { sub { s } } }")
    assert result.data == {"l": [{"sub": {"s": "x"}}] * 3}
    assert paths(result) == [["l", 0, "sub"], ["l", 2, "sub"]]


async def test_a_fragment_that_comes_later_has_indices_too(world, first):
    engine = world(a=first, b=Down()).engine
    prepared = engine.prepare("{ l { id ...@defer { n } } }")
    head, *rest = [one async for one in engine.execute_in_parts(prepared)]
    assert "errors" not in head
    parts = [one for payload in rest for one in payload["incremental"]]
    assert [one["path"] for one in parts] == [["l", at] for at in (0, 1, 2)]
    assert [[error["path"] for error in one["errors"]] for one in parts] == [
        [["l", at, "n"]] for at in (0, 1, 2)
    ]


async def test_an_event_has_indices_too(world, first):
    async def beats(request, context):
        yield SubgraphResponse({"beat": [b(1), b(2)]})
        yield SubgraphResponse({"beat": [b(1), 3]}, [{"message": "138", "path": ["beat", 0, "w"]}])
        yield "what"

    w = world(a=first, b=Down())
    handlers = {name: w._noted(name) for name in w.subgraphs}
    streams = InProcessStreams({"a": beats})
    engine = Engine(w.supergraph, InProcessTransport(handlers), None, streams)
    results = [
        one async for one in engine.subscribe(RequestedOperation("subscription { beat { w n } }"))
    ]
    assert [paths(one) for one in results] == [
        [["beat", 0, "n"], ["beat", 1, "n"]],
        [["beat", 0, "n"], ["beat", 1], ["beat", 0, "w"]],
        [["beat"]],
    ]


async def test_the_engine_never_raises_for_a_policy_that_does(world, first, picky, caplog):
    class Broken:
        key = "broken"

        def decide(self, use):
            return None

        def transform(self, coordinate):
            return None if coordinate != "B.n" else (lambda value: 1 / 0)

        def introspection(self, schema):
            return schema

    engine = world(a=first, b=picky).engine
    result = await engine.run("{ one { id } l { n } }", policy=Broken())
    assert result.data["l"][1] == {"n": None}
    Broken.key = "worse"
    Broken.decide = lambda self, use: 1 / 0
    result = await engine.run("{ one { id } }", policy=Broken())
    assert result.payload() == {
        "errors": [
            {
                "message": "Internal error",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "retryable": False},
            }
        ]
    }
    assert "ZeroDivisionError" in caplog.text


async def test_cancelling_still_cancels(world, first):
    class Slow(Down):
        async def __call__(self, request, context):
            await asyncio.sleep(30)

    task = asyncio.ensure_future(world(a=first, b=Slow()).engine.run("{ l { n } }"))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
