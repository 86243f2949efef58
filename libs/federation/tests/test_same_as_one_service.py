"""The law of federation: the answer is what one service with all the data would have said.

Random queries run through the engine over four subgraphs, and through graphql-core over the
client's schema with the whole data; the answers must be equal.
"""

from __future__ import annotations

import asyncio
from typing import Any

from c360_federation import Denial
from graphql import (
    GraphQLSchema,
    build_schema,
    execute_sync,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    parse,
    print_schema,
    validate,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

USERS = {
    "u1": {"id": "u1", "name": "Ann", "friends": ["u2", "u3"], "city": "Ulm", "zip": "1"},
    "u2": {"id": "u2", "name": None, "friends": ["u1"], "city": None, "zip": "2"},
    "u3": {"id": "u3", "name": "Cid", "friends": [], "city": "Bonn", "zip": None},
}
GOODS = {
    "b1": {"type": "Book", "title": "B", "price": 10, "pages": 5, "w": 2, "h": 3, "by": "u1"},
    "b2": {"type": "Book", "title": "C", "price": None, "pages": 7, "w": 1, "h": 1, "by": None},
    "f1": {"type": "Film", "title": "F", "price": 20, "minutes": 90, "w": 4, "h": 5, "by": "u2"},
}
REVIEWS = [
    {"good": "b1", "by": "u1", "text": "good"},
    {"good": "b1", "by": "u2", "text": "bad"},
    {"good": "f1", "by": "u1", "text": None},
]


def user(key):
    return None if key is None else {"__typename": "User", "id": key}


def good(key):
    return {"__typename": GOODS[key]["type"], "id": key}


def review(one):
    return {"__typename": "Review", "text": one["text"], "author": one["by"], "about": one["good"]}


def goods():
    return [good(key) for key in GOODS]


def size_of(one):
    return {"id": one["id"]}


def fee(price, discount):
    return None if price is None else price // 2 - (discount or 0)


USERS_SDL = """
type Query { me: User users: [User!]! }
type User @key(fields: "id") { id: ID! name: String friends: [User!]! address: Address @shareable }
type Address { city: String }
"""
GOODS_SDL = """
type Query { goods: [Good!]! one(id: ID!): Good }
interface Good { id: ID! title: String! size: Size by: User }
type Book implements Good @key(fields: "id") {
  id: ID! title: String! price: Int size: Size by: User pages: Int }
type Film implements Good @key(fields: "id") {
  id: ID! title: String! price: Int size: Size by: User minutes: Int }
type Size { w: Int h: Int }
type User @key(fields: "id") { id: ID! made: [Good!]! }
"""
REVIEWS_SDL = """
type Query { latest: [Latest!]! }
union Latest = Review | Book | Film | User
type Review { text: String author: User! about: Reviewed! }
union Reviewed = Book | Film
type Book @key(fields: "id") { id: ID! reviews: [Review!]! }
type Film @key(fields: "id") { id: ID! reviews: [Review!]! }
type User @key(fields: "id") { id: ID! reviews: [Review!]! address: Address @shareable }
type Address { zip: String }
"""
SHIPPING_SDL = """
type Book @key(fields: "id") {
  id: ID!
  price: Int @external
  size: Size @external
  fee(discount: Int): Int @requires(fields: "price")
  area: Int @requires(fields: "size { w h }")
}
type Size { w: Int @external h: Int @external }
type Film @key(fields: "id") {
  id: ID!
  title: String! @external
  label: String @requires(fields: "title")
}
"""


def area(size):
    return None if size is None else size["w"] * size["h"]


def local_goods(key):
    one = GOODS[key]
    size = {"w": one["w"], "h": one["h"]}
    return {**good(key), **one, "size": size, "by": user(one["by"])}


def make_world(world, subgraph):
    made = {"User.made": lambda u: [local_goods(k) for k, g in GOODS.items() if g["by"] == u["id"]]}
    users = subgraph(
        USERS_SDL,
        {
            "Query.me": lambda _: USERS["u1"],
            "Query.users": lambda _: list(USERS.values()),
            "User.friends": lambda u: [USERS[key] for key in u["friends"]],
            "User.address": lambda u: {"city": u["city"]},
        },
        {"User": lambda rep: USERS[rep["id"]]},
    )
    catalog = subgraph(
        GOODS_SDL,
        {
            "Query.goods": lambda _: [local_goods(key) for key in GOODS],
            "Query.one": lambda _, id: local_goods(id) if id in GOODS else None,
            **made,
        },
        {
            "Book": lambda rep: local_goods(rep["id"]),
            "Film": lambda rep: local_goods(rep["id"]),
            "User": lambda rep: user(rep["id"]),
        },
    )
    of_good = lambda g: [review(one) for one in REVIEWS if one["good"] == g["id"]]  # noqa: E731
    reviews = subgraph(
        REVIEWS_SDL,
        {
            "Query.latest": lambda _: [*map(review, REVIEWS), good("b2"), good("f1"), user("u3")],
            "Review.author": lambda r: user(r["author"]),
            "Review.about": lambda r: good(r["about"]),
            "Book.reviews": of_good,
            "Film.reviews": of_good,
            "User.reviews": lambda u: [review(one) for one in REVIEWS if one["by"] == u["id"]],
            "User.address": lambda u: {"zip": USERS[u["id"]]["zip"]},
        },
        {kind: (lambda rep: {"id": rep["id"]}) for kind in ("Book", "Film", "User")},
    )
    shipping = subgraph(
        SHIPPING_SDL,
        {
            "Book.fee": lambda b, discount=None: fee(b["price"], discount),
            "Book.area": lambda b: area(b["size"]),
            "Film.label": lambda f: f"<{f['title']}>",
        },
        {"Book": lambda rep: rep, "Film": lambda rep: rep},
    )
    return world(users=users, catalog=catalog, reviews=reviews, shipping=shipping)


class Monolith:
    """The same data behind one plain schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = build_schema(print_schema(schema))

    def answer(self, query: str) -> Any:
        result = execute_sync(self.schema, parse(query), field_resolver=self.resolve)
        assert not result.errors, result.errors
        return result.data

    def resolve(self, source, info, **arguments):
        owner, name = info.parent_type.name, info.field_name
        found = getattr(self, f"{owner.lower()}_{name}", None)
        if found is not None:
            return found(source, **arguments)
        if owner == "User":
            return USERS[source["id"]][name]
        if owner in ("Book", "Film") and name != "id":
            return GOODS[source["id"]][name]
        return source[name]

    query_me = staticmethod(lambda _: user("u1"))
    query_users = staticmethod(lambda _: [user(key) for key in USERS])
    query_goods = staticmethod(lambda _: goods())
    query_one = staticmethod(lambda _, id: good(id) if id in GOODS else None)
    query_latest = staticmethod(
        lambda _: [*map(review, REVIEWS), good("b2"), good("f1"), user("u3")]
    )
    user_friends = staticmethod(lambda u: [user(key) for key in USERS[u["id"]]["friends"]])
    user_made = staticmethod(lambda u: [good(k) for k, g in GOODS.items() if g["by"] == u["id"]])
    user_address = staticmethod(lambda u: USERS[u["id"]])
    user_reviews = staticmethod(lambda u: [review(r) for r in REVIEWS if r["by"] == u["id"]])
    book_by = film_by = staticmethod(lambda g: user(GOODS[g["id"]]["by"]))
    book_size = film_size = staticmethod(lambda g: GOODS[g["id"]])
    book_reviews = film_reviews = staticmethod(
        lambda g: [review(r) for r in REVIEWS if r["good"] == g["id"]]
    )
    book_fee = staticmethod(lambda b, discount=None: fee(GOODS[b["id"]]["price"], discount))
    book_area = staticmethod(lambda b: area(GOODS[b["id"]]))
    film_label = staticmethod(lambda f: f"<{GOODS[f['id']]['title']}>")
    review_author = staticmethod(lambda r: user(r["author"]))
    review_about = staticmethod(lambda r: good(r["about"]))


LITERALS = {"ID": st.sampled_from(['"b1"', '"f1"', '"none"']), "Int": st.sampled_from(["1", "2"])}


@st.composite
def selections(draw, schema, kind, depth):
    """A random selection set on a type of the schema."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        if is_abstract_type(kind) and draw(st.booleans()):
            on = draw(st.sampled_from([*schema.get_possible_types(kind), kind]))
            parts.append(f"... on {on.name} {draw(selections(schema, on, depth))}")
        else:
            parts.append(draw(fields(schema, kind, depth)))
    return "{ " + " ".join(parts) + " }"


@st.composite
def fields(draw, schema, kind, depth):
    """A random field, sometimes under another response key, even one that names another field."""
    known = getattr(kind, "fields", {})
    names = [n for n, f in known.items() if depth or not is_composite_type(get_named_type(f.type))]
    name = draw(st.sampled_from([*names, "__typename"]))
    alias = draw(st.sampled_from(["", "", "a: ", "id: ", "price: ", "x: "]))
    if name == "__typename":
        return f"{alias}__typename"
    field = known[name]
    arguments = []
    for argument, found in field.args.items():
        required = found.type is not get_nullable_type(found.type)
        if required or draw(st.booleans()):
            literal = draw(LITERALS[get_named_type(found.type).name])
            arguments.append(f"{argument}: {literal}")
    text = f"{alias}{name}" + (f"({', '.join(arguments)})" if arguments else "")
    below = get_named_type(field.type)
    if is_composite_type(below):
        text += " " + draw(selections(schema, below, depth - 1))
    return text


_made: dict[str, Any] = {}


def made_once(world, subgraph):
    if not _made:
        w = make_world(world, subgraph)
        _made.update(world=w, monolith=Monolith(w.engine.supergraph.schema))
    return _made["world"], _made["monolith"]


relaxed = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@relaxed
@given(data=st.data())
def test_the_answer_is_that_of_one_service(world, subgraph, data):
    w, monolith = made_once(world, subgraph)
    schema = w.engine.supergraph.schema
    query = data.draw(selections(schema, schema.query_type, 4))
    assume(not validate(schema, parse(query)))
    result = asyncio.run(w.engine.run(query))
    assert not result.errors, result.errors
    assert result.data == monolith.answer(query)
    assert str(result.data) == str(monolith.answer(query)), "response keys keep their order"


class Denies:
    """Denies one coordinate."""

    def __init__(self, coordinate):
        self.key = self.coordinate = coordinate

    def decide(self, use):
        return Denial("FORBIDDEN", "no") if use.coordinate == self.coordinate else None

    def transform(self, coordinate):
        return None

    def introspection(self, schema):
        return schema


DENIABLE = ["User.name", "Book.price", "Film.title", "Review.text", "User.friends", "Size.w"]


@relaxed
@given(data=st.data(), coordinate=st.sampled_from(DENIABLE))
def test_a_denied_coordinate_is_never_requested(world, subgraph, data, coordinate):
    w, _ = made_once(world, subgraph)
    schema = w.engine.supergraph.schema
    query = data.draw(selections(schema, schema.query_type, 3))
    assume(not validate(schema, parse(query)))
    prepared = w.engine.prepare(query, policy=Denies(coordinate))
    assert coordinate not in prepared.coordinates
    owner, _, name = coordinate.partition(".")
    for fetch in prepared.plan.fetches:
        assert name not in fields_asked(w.subgraphs[fetch.subgraph].schema, fetch.query, owner)


def fields_asked(schema, query, owner):
    """The fields of a type that a subgraph request asks for, through interfaces too."""
    from graphql import TypeInfo, TypeInfoVisitor, Visitor, visit

    found = set()
    info = TypeInfo(schema)

    class Look(Visitor):
        def enter_field(self, node, *_):
            parent = info.get_parent_type()
            if parent is None:
                return
            possible = {parent.name}
            if is_abstract_type(parent):
                possible = {one.name for one in schema.get_possible_types(parent)}
            if owner in possible:
                found.add(node.name.value)

    visit(parse(query), TypeInfoVisitor(info, Look()))
    return found
