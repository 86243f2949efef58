"""Whatever subgraphs answer: no exception, an answer of the schema's shape, and no silent null.

Right replies are spoilt at random: values of another shape, keys left out, lists cut short, values
nulled with an error, replies replaced as a whole.
"""

import asyncio
import copy
import random
from typing import Any

import pytest
from c360_federation import SubgraphResponse
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    parse,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SHOP = """
type Query { goods: [Good!]! maybe: [Good] first: Good latest: [Latest] users: [User!] me: User }
interface Good { id: ID! title: String size: Size kind: Kind }
type Book implements Good @key(fields: "id") {
  id: ID! title: String size: Size kind: Kind price: Int! pages: Int grid: [[Int]!]! }
type Film implements Good @key(fields: "id") {
  id: ID! title: String size: Size kind: Kind price: Int! length: Float seen: Boolean! }
union Latest = Book | Film | User
type Size { w: Int h: Int! }
type User @key(fields: "id") { id: ID! name: String! tags: [String!] more: [String] }
enum Kind { NEW OLD HIDDEN @inaccessible }
"""
EXTRAS = """
type Book @key(fields: "id") {
  id: ID! price: Int! @external fee: Int @requires(fields: "price") reviews: [Review!] must: Int! }
type Film @key(fields: "id") { id: ID! reviews: [Review!] must: Int! }
type User @key(fields: "id") { id: ID! rank: Int friends: [User!]! best: Review nick: String }
type Review { text: String by: User! stars: Float }
"""
SIZE = {"w": 1, "h": 2}
GOODS = {
    "b1": {"__typename": "Book", "price": 3, "pages": 9, "grid": [[1, 2], []], "kind": "NEW"},
    "b2": {"__typename": "Book", "price": 4, "pages": 8, "grid": [[5]], "kind": "OLD"},
    "f1": {"__typename": "Film", "price": 5, "length": 1.5, "seen": True, "kind": "OLD"},
}
USERS = {"u1": ("Ann", ["u2", "u1"]), "u2": ("Bob", ["u1"]), "u3": ("Cid", [])}
QUERIES = [
    "{ goods { id title kind size { w h } ... on Book { fee must pages grid } } }",
    "{ goods { __typename title ... on Film { seen length reviews { text by { name nick } } } } }",
    "{ maybe { x: title price: kind ... on Book { fee again: fee reviews { stars } } } }",
    "{ maybe { ... on Book { must } ... on Film { must id } } }",
    "{ first { id title ... on Book { grid reviews { text by { rank } } } } }",
    "{ latest { __typename ... on Book { price must } ... on User { name rank tags } } }",
    "{ users { id: name more tags n: nick best { text stars by { id name } } } }",
    "{ users { friends { name rank friends { nick name } } } me { rank } }",
    "{ me { id name friends { id rank } a: best { text } b: best { by { tags } } } }",
    "{ me { representations: rank _entities: name _: nick } goods { fee: id } }",
]


def good(key):
    return {"id": key, "title": f"title {key}", "size": SIZE, **GOODS[key]}


def user(key):
    return {"__typename": "User", "id": key, "name": USERS[key][0], "tags": ["a"], "more": ["b"]}


def review(one):
    return {"text": "good", "by": {"id": "u1"}, "stars": 4.5, "of": one["id"]}


@pytest.fixture
def spoilt(world, subgraph):
    shop = subgraph(
        SHOP,
        {
            "Query.goods": lambda _: [good(key) for key in GOODS],
            "Query.maybe": lambda _: [good("b1"), good("f1"), good("b1")],
            "Query.first": lambda _: good("b2"),
            "Query.latest": lambda _: [good("b1"), user("u1"), good("f1")],
            "Query.users": lambda _: [user(key) for key in USERS],
            "Query.me": lambda _: user("u1"),
        },
        {
            "Book": lambda one: good(one["id"]),
            "Film": lambda one: good(one["id"]),
            "User": lambda one: user(one["id"]),
        },
    )
    known = lambda one: {**one, "fee": one.get("price"), "must": 1, "rank": 2, "nick": "n"}  # noqa: E731
    reviews = lambda one: [review(one)]  # noqa: E731
    extras = subgraph(
        EXTRAS,
        {
            "Book.reviews": reviews,
            "Film.reviews": reviews,
            "User.best": review,
            "User.friends": lambda one: [known({"id": key}) for key in USERS[one["id"]][1]],
            "Review.by": lambda one: {"rank": 2, "nick": "n", **one["by"]},
        },
        {"Book": known, "Film": known, "User": known},
    )
    return Spoilt(world(shop=shop, extras=extras))


class Spoilt:
    """The world, with a reply spoilt now and then."""

    def __init__(self, world):
        self.engine = world.engine
        self.world = world
        self.spoil = None
        for name in ("shop", "extras"):
            world.subgraphs[name] = self._spoilt(world.subgraphs[name])

    def _spoilt(self, subgraph):
        async def handle(request, context):
            response = await subgraph(request, context)
            return response if self.spoil is None else self.spoil(response)

        return handle

    def run(self, query, spoil):
        self.spoil = spoil
        return asyncio.run(self.engine.run(query))


# spoiling

GARBAGE = [{"zz": 1}, [{"zz": [1]}], [[]], {"__typename": []}, {"__typename": "Nobody"}, object()]
WHOLE = [
    None,
    "what",
    SubgraphResponse(None, []),
    SubgraphResponse([], []),
    SubgraphResponse({}, []),
    SubgraphResponse({"_entities": {"0": 1}}, []),
    SubgraphResponse({"_entities": None}, []),
    SubgraphResponse({"zz": 1}, ["bad"]),
    SubgraphResponse(None, [{"message": "no"}]),
    SubgraphResponse(None, [{"message": "no", "path": ["_entities", 0, "rank"]}, {"path": 3}]),
    SubgraphResponse({"_entities": []}, [{"path": ["_entities", 99, {}], "extensions": []}]),
    SubgraphResponse({"zz": 1}, {"message": "no"}),
]


class Spoiler:
    """Spoils one in two replies, at one to three places."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def __call__(self, response):
        chance = self._random.random()
        if chance < 0.4:
            return response
        if chance < 0.5:
            return copy.copy(self._random.choice(WHOLE))
        if chance < 0.55:
            raise self._random.choice([ValueError("13812345678"), KeyError("x"), RecursionError()])
        for _ in range(self._random.randint(1, 3)):
            self._spoil_one(response)
        return response

    def _spoil_one(self, response):
        places = list(_places(response.data, ()))
        if not places:
            return
        holder, step, path = self._random.choice(places)
        way = self._random.randrange(4)
        if way == 0:
            holder[step] = copy.copy(self._random.choice(GARBAGE))
        elif way == 1 and not (response.errors and isinstance(holder, list)):
            # An item less would make the paths of errors told before lead elsewhere.
            del holder[step]
        elif way == 2:
            holder[step] = None
            response.errors.append({"message": "13812345678", "path": list(path)})
        elif isinstance(holder, list):
            holder.append({"zz": 1})
        else:
            holder[step] = 2**40


def _places(value, path):
    steps = list(value) if isinstance(value, dict) else range(len(value or ()))
    for step in steps if isinstance(value, (dict, list)) else ():
        yield value, step, (*path, step)
        yield from _places(value[step], (*path, step))


# laws

FITS = {
    "Int": lambda one: type(one) is int and abs(one) < 2**31,
    "Float": lambda one: type(one) in (int, float),
    "String": lambda one: type(one) is str,
    "ID": lambda one: type(one) is str,
    "Boolean": lambda one: type(one) is bool,
}


class Shape:
    """Checks an answer against the schema and the question."""

    def __init__(self, schema):
        self._schema = schema

    def data(self, data, query):
        if data is not None:
            selected = parse(query).definitions[0].selection_set
            self._object(data, self._schema.query_type, [selected])

    def _value(self, value, kind, selections):
        if isinstance(kind, GraphQLNonNull):
            assert value is not None
            kind = kind.of_type
        if value is None:
            return
        if isinstance(kind, GraphQLList):
            assert isinstance(value, list)
            for one in value:
                self._value(one, kind.of_type, selections)
        elif isinstance(kind, GraphQLScalarType):
            assert FITS[kind.name](value), (kind, value)
        elif isinstance(kind, GraphQLEnumType):
            assert value in kind.values
        else:
            self._object(value, kind, selections)

    def _object(self, value, kind, selections):
        assert isinstance(value, dict)
        fields: dict[str, Any] = {}
        self._collect(kind, selections, value, fields)
        assert value.keys() <= fields.keys()
        for key, (declared, below) in fields.items():
            if key in value and declared is not None:
                self._value(value[key], declared, below)

    def _collect(self, kind, selections, value, fields):
        for selection_set in selections:
            for node in selection_set.selections:
                if hasattr(node, "type_condition"):
                    on = self._schema.type_map[node.type_condition.name.value]
                    self._collect(on, [node.selection_set], value, fields)
                    continue
                key = node.alias.value if node.alias else node.name.value
                declared = getattr(kind, "fields", {}).get(node.name.value)
                stated = None if declared is None else declared.type
                below = [node.selection_set] if node.selection_set else []
                if key in fields:
                    below = [*fields[key][1], *below]
                fields[key] = (stated, below)


def nulls(value, path=()):
    """Every place of an answer that is null."""
    if value is None:
        yield path
    elif isinstance(value, (dict, list)):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from nulls(value[step], (*path, step))


def leads_to(data, path):
    """What stands at a path: the null that it meets on its way, or what is at its end."""
    for step in path:
        if data is None:
            return None
        data = data[step]
    return data


def check(result, query, schema):
    assert result.executed
    for error in result.errors:
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"
        assert "138" not in error["message"]
        if "path" in error:
            at = leads_to(result.data, error["path"])
            assert at is None or isinstance(at, (dict, list)), (error, result.data)
    Shape(schema).data(result.data, query)
    paths = [tuple(error["path"]) for error in result.errors if "path" in error]
    for place in nulls(result.data):
        about = [p for p in paths if p[: len(place)] == place or place[: len(p)] == p]
        assert about, (place, paths, result.data)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.sampled_from(QUERIES), seed=st.integers(0, 2**32))
def test_no_reply_is_too_bad(spoilt, query, seed):
    result = spoilt.run(query, Spoiler(seed))
    check(result, query, spoilt.engine.supergraph.schema)


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_not_spoilt_has_neither_nulls_nor_errors(spoilt, query):
    result = spoilt.run(query, None)
    assert (result.errors, list(nulls(result.data))) == ([], [])
    check(result, query, spoilt.engine.supergraph.schema)
