"""A reply that breaks the contract is a coded error at the places that miss something."""

import asyncio

import orjson
import pytest
from c360_federation import SubgraphBadReply, SubgraphResponse
from c360_federation.execute.http_client.connection import HttpReply
from c360_federation.execute.http_client.transport import response_of


class UnheardOf:
    """What no JSON gives; its name is the same in every process that collects the tests."""

    def __repr__(self) -> str:
        return "UNHEARD_OF"


UNHEARD_OF = UnheardOf()

LISTS = 'type Query { l: [B] } type B @key(fields: "id") { id: ID! }'
NAMES = 'type B @key(fields: "id") { id: ID! n: String m: String }'


class Says:
    """A subgraph that answers the same to everything."""

    def __init__(self, sdl, reply):
        self.sdl = sdl
        self.reply = reply

    async def __call__(self, request, context):
        if isinstance(self.reply, BaseException):
            raise self.reply
        return self.reply


@pytest.fixture
def two(world, subgraph):
    def make(reply, ids=("1", "2")):
        first = subgraph(LISTS, {"Query.l": lambda _: [{"id": one} for one in ids]})
        return world(a=first, b=Says(NAMES, reply)).engine

    return make


def entities(value, *errors):
    return SubgraphResponse({"_entities": value}, list(errors))


def places(result):
    return [(error.get("path"), error["extensions"]["code"]) for error in result.errors]


@pytest.mark.parametrize(
    "reply",
    [
        SubgraphResponse({}),
        SubgraphResponse({"zz": []}),
        SubgraphResponse(None),
        SubgraphResponse([]),
        entities(None),
        entities({"0": 1}),
        entities("what"),
        entities([]),
        entities([{"n": "x"}]),
        entities([{"n": "x"}] * 3),
        entities([1, "x"]),
        entities([{}, {}]),
        entities([{"n": {"o": 1}}, {"n": ["x"]}]),
        entities([{"n": 1}, {"n": True}]),
        entities([None, None], "bad"),
        entities([{"n": "x"}, {"n": "y"}], "bad"),
        SubgraphResponse({"_entities": [None, None]}, {"message": "no list"}),
        None,
        {"data": {"_entities": [None, None]}},
    ],
    ids=str,
)
async def test_an_entity_call_that_is_answered_wrongly(two, reply):
    result = await two(reply).run("{ l { id n } }")
    assert result.data == {"l": [{"id": "1", "n": None}, {"id": "2", "n": None}]}
    code = "SUBGRAPH_BAD_REPLY"
    assert places(result) == [(["l", 0, "n"], code), (["l", 1, "n"], code)]
    assert all(error["extensions"]["service"] == "b" for error in result.errors)


@pytest.mark.parametrize("error", [ValueError("x"), KeyError(), asyncio.CancelledError()], ids=repr)
async def test_a_transport_may_raise_anything(two, error):
    result = await two(error).run("{ l { n } }")
    assert places(result) == [(["l", at, "n"], "SUBGRAPH_ERROR") for at in (0, 1)]


async def test_an_entity_that_is_not_known_is_a_plain_null(two):
    result = await two(entities([None, {"n": "x", "m": None}])).run("{ l { n m } }")
    assert (result.data, result.errors) == (
        {"l": [{"n": None, "m": None}, {"n": "x", "m": None}]},
        [],
    )


async def test_an_error_without_a_place_stands_for_the_entities_that_are_null(two):
    result = await two(entities([{"n": "x"}, None], {"message": "no"})).run("{ l { n } }")
    assert places(result) == [(["l", 1, "n"], "SUBGRAPH_ERROR")]


@pytest.mark.parametrize("path", [["zz"], ["zz", 0, "l"], [-1], [0], []])
async def test_an_error_whose_path_leads_nowhere_stands_for_the_null_root_fields(world, path):
    reply = SubgraphResponse({"l": None}, [{"message": "no", "path": path}])
    result = await world(a=Says(LISTS, reply)).engine.run("{ l { id } }")
    assert (result.data, places(result)) == ({"l": None}, [(["l"], "SUBGRAPH_ERROR")])


async def test_an_error_without_a_place_or_a_null_is_told_where_its_list_begins(two):
    result = await two(entities([{"n": "x"}, {"n": "y"}], {"message": "no"})).run("{ l { n } }")
    assert result.data == {"l": [{"n": "x"}, {"n": "y"}]}
    assert places(result) == [(["l"], "SUBGRAPH_ERROR")]


LEAVES = """
type Query { o: O }
type O { s: String i: Int f: Float b: Boolean d: ID e: E j: JSON
  l: [String] nn: [Int!] o: O os: [O] t: T u: U must: Int! }
type P { s: String } type Q { s: String } type R @inaccessible { s: String }
interface T { s: String } type V implements T { s: String } type W { s: String }
union U = P | Q | R
enum E { A B HIDDEN @inaccessible }
scalar JSON
"""


@pytest.fixture
def errors_of(world):
    async def ask(selection, value):
        reply = SubgraphResponse({"o": {selection.split()[0]: value}})
        result = await world(a=Says(LEAVES, reply)).engine.run(f"{{ o {{ {selection} }} }}")
        return result.data["o"] and result.data["o"][selection.split()[0]], places(result)

    return ask


def nested(levels):
    made = 1
    for _ in range(levels):
        made = [made]
    return made


NAN, INFINITY = float("nan"), float("inf")
BAD = "SUBGRAPH_BAD_REPLY"


@pytest.mark.parametrize(
    "selection, value, at",
    [
        *(("s", value, []) for value in ({"o": 1}, ["x"], 1, 1.5, True, b"x", UNHEARD_OF)),
        *(("i", value, []) for value in ("abc", "1", 1.5, 2**40, -(2**31) - 1, True, [1], NAN)),
        *(("f", value, []) for value in ("1", True, NAN, INFINITY, -INFINITY, 10**400, [], {})),
        *(("b", value, []) for value in (1, 0, "true", [], {})),
        *(("d", value, []) for value in (1.5, True, [], {})),
        *(("e", value, []) for value in (1, [], {}, True)),
        *(("j", value, []) for value in (UNHEARD_OF, {"a": {1, 2}}, [b""], {"a": NAN})),
        *(("j", value, []) for value in (nested(129), nested(300), {"a": nested(129)})),
        *(("l", value, []) for value in (3, "x", {}, {"0": "x"})),
        *(("l", value, [1]) for value in (["x", 1], [None, ["x"]], ["x", {"o": 1}])),
        *(("o { s }", value, []) for value in (3, "x", [], [{"s": "x"}])),
        *(("os { s }", value, []) for value in (3, "x", {"s": "x"})),
        *(("os { s }", value, [1]) for value in ([{"s": "x"}, 1], [{"s": "x"}, []])),
        *(("os { s }", value, [0, "s"]) for value in ([{}], [{"s": 1}])),
        ("o { s }", {}, ["s"]),
        ("t { s }", {"s": "x"}, []),
        *(
            ("t { s }", {"__typename": name, "s": "x"}, [])
            for name in ("W", "T", "Z", "", 1, [], {})
        ),
        *(("u { __typename }", {"__typename": name}, []) for name in ("V", "U", 1, True)),
    ],
    ids=repr,
)
async def test_what_does_not_fit_its_type_is_null_with_an_error_at_its_place(
    errors_of, selection, value, at
):
    _, errors = await errors_of(selection, value)
    assert errors == [(["o", selection.split()[0], *at], BAD)]


@pytest.mark.parametrize(
    "selection, value, shown",
    [
        *(("s", value, value) for value in ("", "x", None)),
        *(("i", value, value) for value in (0, 2**31 - 1, -(2**31), None)),
        ("i", 3.0, 3),
        *(("f", value, value) for value in (0, 1, 1.5, -1e300, None)),
        ("f", 2**70, float(2**70)),
        *(("b", value, value) for value in (True, False, None)),
        ("d", "x", "x"),
        ("d", 12, "12"),
        *(("j", value, value) for value in ({"a": [1, None, "x"]}, [], 1.5, True, None)),
        ("j", nested(128), nested(128)),
        *(("l", value, value) for value in ([], [None, "x"], None)),
        *(("nn", value, value) for value in ([], [1], None)),
        *(("o { s }", value, value) for value in (None, {"s": None})),
        *(("os { s }", value, value) for value in ([], [None, {"s": "x"}])),
        ("t { s }", {"__typename": "V", "s": "x"}, {"s": "x"}),
    ],
    ids=repr,
)
async def test_what_fits_is_passed_on(errors_of, selection, value, shown):
    assert await errors_of(selection, value) == (shown, [])


@pytest.mark.parametrize(
    "selection, value, code",
    [
        ("e", "HIDDEN", "HIDDEN_ENUM_VALUE"),
        ("e", "Z", "HIDDEN_ENUM_VALUE"),
        ("u { __typename }", {"__typename": "R"}, "HIDDEN_TYPE"),
    ],
)
async def test_what_is_hidden_is_not_told_from_what_is_unknown(errors_of, selection, value, code):
    assert await errors_of(selection, value) == (None, [(["o", selection.split()[0]], code)])


@pytest.mark.parametrize("selection", ["s", "i", "l", "j", "e", "o { s }", "os { s }", "t { s }"])
async def test_a_field_that_is_left_out_is_an_error(world, selection):
    reply = SubgraphResponse({"o": {"zz": 1}})
    result = await world(a=Says(LEAVES, reply)).engine.run(f"{{ o {{ {selection} }} }}")
    assert places(result) == [(["o", selection.split()[0]], BAD)]


async def test_a_bad_item_that_may_not_be_null_takes_its_list(errors_of):
    assert await errors_of("nn", [1, "x"]) == (None, [(["o", "nn", 1], BAD)])
    assert await errors_of("nn", [1, None]) == (None, [(["o", "nn", 1], "NULL_IN_NON_NULL")])


async def test_a_bad_value_that_may_not_be_null_takes_its_object(errors_of):
    assert await errors_of("must", "x") == (None, [(["o", "must"], BAD)])


async def test_replies_nested_without_end_stay_with_their_fetch(world):
    deep = {"s": "x"}
    for _ in range(5000):
        deep = {"o": deep}
    result = await world(a=Says(LEAVES, SubgraphResponse({"o": deep}))).engine.run("{ o { j s } }")
    assert result.data == {"o": {"j": None, "s": None}}
    assert {code for _, code in places(result)} == {BAD}


# over HTTP


def http(body, status=200, content_type="application/json"):
    return response_of(HttpReply(status, body, content_type))


@pytest.mark.parametrize(
    "body, status, content_type",
    [
        (b"", 204, ""),
        (b"", 200, "application/json"),
        (b'{"data":{"a":1}}', 302, "application/json"),
        (b'{"data":{"a":1}}', 304, "application/json"),
        (b'{"data":{"a":1}}', 200, "text/html; charset=utf-8"),
        (b'{"data":{"a":1}', 200, "application/json"),
        (b'{"data":{"a":"\xff"}}', 200, "application/json"),
        (b'{"data":[1]}', 200, "application/json"),
        (b'{"data":{"a":1},"errors":["bad"]}', 200, "application/json"),
        (b'{"data":{"a":1},"errors":{}}', 200, "application/json"),
        (b"[]", 200, "application/json"),
        (b"{}", 200, "application/json"),
        (b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}", 200, "application/json"),
    ],
)
def test_http_replies_that_are_no_graphql_response(body, status, content_type):
    with pytest.raises(SubgraphBadReply):
        http(body, status, content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/graphql-response+json; charset=utf-8",
        "APPLICATION/JSON",
        "",
    ],
)
def test_http_replies_of_a_json_media_type(content_type):
    assert http(b'{"data":{"a":1}}', 200, content_type).data == {"a": 1}


async def test_huge_numbers_over_http_do_not_fit(world):
    for body in (b'{"data":{"o":{"i":1e400}}}', b'{"data":{"o":{"i":1' + b"0" * 400 + b"}}}"):
        try:
            reply = http(body)
        except SubgraphBadReply:
            continue
        result = await world(a=Says(LEAVES, reply)).engine.run("{ o { i } }")
        assert places(result) == [(["o", "i"], BAD)]
        assert orjson.dumps(result.payload())
