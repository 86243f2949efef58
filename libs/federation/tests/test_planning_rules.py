"""Each rule of the planner, over subgraphs of its own."""

import pytest
from c360_federation import RequestRefused


async def test_an_entity_field_is_fetched_by_key_once_per_entity(world, subgraph):
    orders = subgraph(
        """
        type Query { orders: [Order!]! }
        type Order { number: Int! buyer: User! }
        type User @key(fields: "id") { id: ID! }
        """,
        {"Query.orders": lambda _: [{"number": n, "buyer": {"id": n % 2}} for n in range(4)]},
        {"User": lambda rep: rep},
    )
    users = subgraph(
        'type User @key(fields: "id") { id: ID! name: String }',
        {},
        {"User": lambda rep: {"id": rep["id"], "name": f"user {rep['id']}"}},
    )
    w = world(orders=orders, users=users)
    data = await w.data("{ orders { number buyer { name } } }")
    assert [one["buyer"] for one in data["orders"]] == [
        {"name": "user 0"}, {"name": "user 1"}, {"name": "user 0"}, {"name": "user 1"}
    ]  # fmt: skip
    assert w.calls == ["orders", "users"]
    assert len(w.requests[1][1].variables["representations"]) == 2


async def test_independent_entity_calls_to_one_subgraph_share_a_request(world, subgraph):
    places = subgraph(
        """
        type Query { from: City to: City }
        type City @key(fields: "id") { id: ID! }
        """,
        {"Query.from": lambda _: {"id": "a"}, "Query.to": lambda _: {"id": "b"}},
        {"City": lambda rep: rep},
    )
    names = subgraph(
        'type City @key(fields: "id") { id: ID! name(loud: Boolean): String }',
        {"City.name": lambda city, loud=False: city["id"].upper() if loud else city["id"]},
        {"City": lambda rep: rep},
    )
    w = world(places=places, names=names)
    data = await w.data(
        "query Q($loud: Boolean) { from { name(loud: $loud) } to { name } }", loud=True
    )
    assert data == {"from": {"name": "A"}, "to": {"name": "b"}}
    assert w.calls == ["places", "names"]


@pytest.fixture
def shop(world, subgraph):
    catalog = subgraph(
        """
        type Query { product: Product }
        type Product @key(fields: "id") {
          id: ID!
          weight(unit: String = "kg"): Float
          size: Size
        }
        type Size { height: Int width: Int }
        """,
        {
            "Query.product": lambda _: {"id": "p", "size": {"height": 2, "width": 3}},
            "Product.weight": lambda _, unit: 2.0 if unit == "kg" else 2000.0,
        },
        {"Product": lambda rep: {"id": "p", "size": {"height": 2, "width": 3}}},
    )
    shipping = subgraph(
        """
        type Product @key(fields: "id") {
          id: ID!
          weight(unit: String = "kg"): Float @external
          size: Size @external
          price: Float @requires(fields: "weight(unit: \\"g\\")")
          heavyPrice: Float @requires(fields: "weight(unit: \\"kg\\")")
          area: Int @requires(fields: "size { height width }")
        }
        type Size { height: Int @external width: Int @external }
        """,
        {
            "Product.price": lambda rep: rep["weight"] * 2,
            "Product.heavyPrice": lambda rep: rep["weight"] * 3,
            "Product.area": lambda rep: rep["size"]["height"] * rep["size"]["width"],
        },
        {"Product": lambda rep: rep},
    )
    return world(catalog=catalog, shipping=shipping)


async def test_requires_is_fetched_first_and_sent_in_the_representation(shop):
    assert await shop.data("{ product { area } }") == {"product": {"area": 6}}
    assert shop.requests[1][1].variables["representations"] == [
        {"__typename": "Product", "id": "p", "size": {"height": 2, "width": 3}}
    ]


async def test_a_required_field_with_arguments_does_not_take_the_callers_key(shop):
    data = await shop.data('{ product { weight(unit: "kg") price } }')
    assert data == {"product": {"weight": 2.0, "price": 4000.0}}


async def test_two_requirements_with_other_arguments_use_two_calls(shop):
    data = await shop.data("{ product { price heavyPrice } }")
    assert data == {"product": {"price": 4000.0, "heavyPrice": 6.0}}
    sent = [v for _, one in shop.requests[1:] for v in one.variables.values()]
    assert sorted(one[0]["weight"] for one in sent) == [2.0, 2000.0]


async def test_an_internal_key_does_not_take_the_callers_alias(shop):
    data = await shop.data("{ product { id: area size { height: width } } }")
    assert data == {"product": {"id": 6, "size": {"height": 3}}}


async def test_provided_fields_save_the_request(world, subgraph):
    reviews = subgraph(
        """
        type Query { review: Review anonymous: Review }
        type Review { author: User @provides(fields: "name") }
        type User @key(fields: "id") { id: ID! name: String @external }
        """,
        {"Query.review": lambda _: {"author": {"id": "1", "name": "Ann"}}},
        {"User": lambda rep: rep},
    )
    users = subgraph(
        'type User @key(fields: "id") { id: ID! name: String @shareable age: Int }',
        {},
        {"User": lambda rep: {"id": "1", "name": "Ann", "age": 40}},
    )
    w = world(reviews=reviews, users=users)
    assert await w.data("{ review { author { name } } }") == {"review": {"author": {"name": "Ann"}}}
    assert w.calls == ["reviews"]
    w.requests.clear()
    assert await w.data("{ review { author { name age } } }") == {
        "review": {"author": {"name": "Ann", "age": 40}}
    }
    assert w.calls == ["reviews", "users"]


async def test_an_overridden_field_is_asked_where_it_moved(world, subgraph):
    old = subgraph(
        'type Query { me: User } type User @key(fields: "id") { id: ID! name: String }',
        {"Query.me": lambda _: {"id": "1", "name": "old"}},
        {"User": lambda rep: rep},
    )
    new = subgraph(
        'type User @key(fields: "id") { id: ID! name: String @override(from: "old") }',
        {},
        {"User": lambda rep: {"id": "1", "name": "new"}},
    )
    assert await world(old=old, new=new).data("{ me { name } }") == {"me": {"name": "new"}}


@pytest.fixture
def accounts(world, subgraph):
    known = {"1": "Admin", "2": "Regular"}
    real = subgraph(
        """
        type Query { real: [Account!]! }
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") { id: ID! level: Int }
        type Regular implements Account @key(fields: "id") { id: ID! }
        """,
        {
            "Query.real": lambda _: [
                {"__typename": t, "id": i, "level": 9} for i, t in known.items()
            ],
        },
        {
            "Account": lambda rep: {"__typename": known[rep["id"]], "id": rep["id"], "level": 9},
            "Admin": lambda rep: {"id": rep["id"], "level": 9},
            "Regular": lambda rep: {"id": rep["id"]},
        },
    )
    names = subgraph(
        """
        type Query { flat: [Account!]! }
        type Account @key(fields: "id") @interfaceObject { id: ID! name: String! }
        """,
        {"Query.flat": lambda _: [{"id": i, "name": f"n{i}"} for i in known]},
        {"Account": lambda rep: {"id": rep["id"], "name": f"n{rep['id']}"}},
    )
    return world(real=real, names=names)


async def test_concrete_types_get_fields_from_an_interface_object(accounts):
    data = await accounts.data("{ real { __typename name ... on Admin { level } } }")
    assert data["real"] == [
        {"__typename": "Admin", "name": "n1", "level": 9},
        {"__typename": "Regular", "name": "n2"},
    ]
    sent = [one for v in accounts.requests[1][1].variables.values() for one in v]
    assert {one["__typename"] for one in sent} == {"Account"}


async def test_an_interface_object_is_never_asked_for_its_type(accounts):
    data = await accounts.data("{ flat { name __typename ... on Admin { level } } }")
    assert data["flat"] == [
        {"name": "n1", "__typename": "Admin", "level": 9},
        {"name": "n2", "__typename": "Regular"},
    ]
    assert "__typename" not in accounts.requests[0][1].query


async def test_fields_of_an_interface_object_alone_need_no_type(accounts):
    assert await accounts.data("{ flat { name } }") == {"flat": [{"name": "n1"}, {"name": "n2"}]}
    assert accounts.calls == ["names"]


async def test_a_fragment_on_the_only_type_of_an_interface_object_needs_no_type(world, subgraph):
    real = subgraph(
        """
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") { id: ID! level: Int }
        type Query { admin: Admin }
        """,
        {},
        {"Admin": lambda rep: {"id": rep["id"], "level": 1}},
    )
    names = subgraph(
        """
        type Query { flat: [Account!]! }
        type Account @key(fields: "id") @interfaceObject { id: ID! name: String! }
        """,
        {"Query.flat": lambda _: [{"id": "1", "name": "n"}]},
        {"Account": lambda rep: rep},
    )
    w = world(real=real, names=names)
    assert await w.data("{ flat { ... on Admin { name } } }") == {"flat": [{"name": "n"}]}
    assert w.calls == ["names"]


async def test_an_interface_whose_types_are_no_entities_is_no_way(world, subgraph, unchecked):
    unchecked("check_interface_keys", "check_satisfiable")
    real = subgraph(
        """
        type Query { node: Node }
        interface Node @key(fields: "id") { id: ID! }
        type Leaf implements Node { id: ID! }
        """
    )
    flat = subgraph(
        """
        type Query { flat: Node }
        type Node @key(fields: "id") @interfaceObject { id: ID! name: String }
        """,
        {},
        {"Node": lambda rep: rep},
    )
    w = world(real=real, flat=flat)
    with pytest.raises(RequestRefused):
        w.engine.prepare("{ flat { __typename } }")


async def test_mutations_run_one_after_the_other(world, subgraph):
    log: list[str] = []

    def act(name):
        def do(_, value):
            log.append(f"{name} {value}")
            return {"id": value}

        return do

    a = subgraph(
        """
        type Query { a: Int }
        type Mutation { addA(value: ID!): Thing }
        type Thing @key(fields: "id") { id: ID! }
        """,
        {"Mutation.addA": act("a")},
        {"Thing": lambda rep: rep},
    )
    b = subgraph(
        """
        type Query { b: Int }
        type Mutation { addB(value: ID!): Thing }
        type Thing @key(fields: "id") { id: ID! shout: String }
        """,
        {"Mutation.addB": act("b"), "Thing.shout": lambda t: f"{t['id']}!"},
        {"Thing": lambda rep: rep},
    )
    w = world(a=a, b=b)
    data = await w.data(
        "mutation { x: addA(value: 1) { shout } y: addB(value: 2) { shout } "
        "z: addA(value: 3) { id } }"
    )
    assert data == {"x": {"shout": "1!"}, "y": {"shout": "2!"}, "z": {"id": "3"}}
    assert log == ["a 1", "b 2", "a 3"]


async def test_conflicting_shapes_in_one_request_get_an_alias(world, subgraph):
    loose = subgraph("type Query { u: User } type User { id: ID @shareable }")
    strict = subgraph(
        """
        type Query { accounts: [Account!]! }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID! @shareable }
        type Admin { id: ID }
        """,
        {
            "Query.accounts": lambda _: [
                {"__typename": "User", "id": "u"},
                {"__typename": "Admin", "id": "a"},
            ]
        },
        {"User": lambda rep: rep},
    )
    w = world(loose=loose, strict=strict)
    data = await w.data("{ accounts { ... on User { id } ... on Admin { id } } }")
    assert data == {"accounts": [{"id": "u"}, {"id": "a"}]}


async def test_union_members_are_narrowed_to_what_every_candidate_knows(world, subgraph):
    def half(name, only):
        return subgraph(
            f"""
            type Query {{ {name}: Box }}
            type Box @key(fields: "id") {{ id: ID! content: Content @shareable }}
            union Content = Shared | {only}
            type Shared {{ label: String @shareable }}
            type {only} {{ own: String }}
            """,
            {f"Query.{name}": lambda _: {"id": 1, "content": {"__typename": only, "own": "x"}}},
            {"Box": lambda rep: rep},
        )

    w = world(a=half("fromA", "OnlyA"), b=half("fromB", "OnlyB"))
    data = await w.data("{ fromA { content { __typename ... on OnlyA { own } } } }")
    assert data == {"fromA": {"content": {"__typename": "OnlyA", "own": None}}}


async def test_conditions_are_settled_before_planning(shop):
    query = "query($with: Boolean!) { product { id price @include(if: $with) } }"
    assert await shop.data(query, **{"with": False}) == {"product": {"id": "p"}}
    assert shop.calls == ["catalog"]
    assert await shop.data(query, **{"with": True}) == {"product": {"id": "p", "price": 4000.0}}


async def test_what_no_subgraph_can_reach_is_refused_by_name(world, subgraph, unchecked):
    unchecked("check_satisfiable")
    a = subgraph("type Query { va: Value } type Value { x: Int @shareable }")
    b = subgraph("type Query { vb: Value } type Value { x: Int @shareable y: Int }")
    w = world(a=a, b=b)
    assert w.engine.prepare("{ va { x } vb { x y } }").plan.fetches
    with pytest.raises(RequestRefused) as refused:
        w.engine.prepare("{ va { x y } }")
    (error,) = refused.value.errors
    assert error["extensions"]["code"] == "PLAN_INFEASIBLE"
    assert error["extensions"]["coordinate"] == "Query.va"


async def test_a_plain_typename_needs_no_request(shop):
    assert await shop.data("query ping { __typename }") == {"__typename": "Query"}
    assert shop.requests == []


async def test_composite_keys_over_several_hops(world, subgraph):
    a = subgraph(
        'type Query { a: A } type A @key(fields: "id") { id: ID! }',
        {"Query.a": lambda _: {"id": "1"}},
        {"A": lambda rep: rep},
    )
    b = subgraph(
        """
        type A @key(fields: "id") @key(fields: "code { left right }") { id: ID! code: Code! }
        type Code { left: Int! @shareable right: Int! @shareable }
        """,
        {},
        {"A": lambda rep: {"id": rep["id"], "code": {"left": 1, "right": 2}}},
    )
    c = subgraph(
        """
        type A @key(fields: "code { left right }") { code: Code! sum: Int }
        type Code { left: Int! @shareable right: Int! @shareable }
        """,
        {"A.sum": lambda rep: rep["code"]["left"] + rep["code"]["right"]},
        {"A": lambda rep: rep},
    )
    w = world(a=a, b=b, c=c)
    assert await w.data("{ a { sum } }") == {"a": {"sum": 3}}
    assert w.calls == ["a", "b", "c"]


async def test_an_object_says_its_type_where_another_subgraph_may_give_another(world, subgraph):
    a = subgraph(
        "type Query { shelf: Shelf @shareable } type Shelf @shareable { item: Book best: Book } "
        "type Book @shareable { title: String }",
        {"Query.shelf": lambda _: {"item": {"title": "A"}, "best": {"title": "B"}}},
    )
    b = subgraph(
        "type Query { shelf: Shelf @shareable } type Shelf @shareable { item: Item } "
        "union Item = Book | Song type Book @shareable { title: String } "
        "type Song { title: String }",
        {"Query.shelf": lambda _: {"item": {"__typename": "Book", "title": "A"}}},
    )
    composed = world(a=a, b=b)
    query = "{ shelf { best { title } item { ... on Book { title } } } }"
    assert await composed.data(query) == {"shelf": {"best": {"title": "B"}, "item": {"title": "A"}}}
