"""Costs by the GraphQL Cost Directives specification, and their limits."""

import pytest
from c360_federation import Engine, EngineSettings, InProcessTransport, Limits, RequestRefused
from c360_federation.operation.cost import Cost, estimate
from c360_federation.operation.parsing import read_operation

COST = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@cost", "@listSize"])
"""
SDL = (
    COST
    + """
  type Query {
    users(first: Int, last: Int, in: Page): [User]
      @listSize(slicingArguments: ["first", "last"])
    open(first: Int): [User] @listSize(slicingArguments: ["first"], assumedSize: 7,
      requireOneSlicingArgument: false)
    preset(first: Int = 3): [User] @listSize(slicingArguments: ["first"])
    page(first: Int): Users @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
    plain: [User]
    top: User @cost(weight: 5)
    any: Either
    found(by: Filter, id: ID @cost(weight: 2)): User
    saved(by: Filter): User @cost(weight: -4)
  }
  input Page { first: Int }
  input Filter { name: String @cost(weight: 3) or: [Filter] }
  type Users { nodes: [User] total: Int }
  type User @key(fields: "id") { id: ID name: String @cost(weight: 2) friend: User
    friends: [User] @listSize(assumedSize: 4) photo: Photo }
  type Photo @cost(weight: 6) { url: Url }
  scalar Url @cost(weight: 1)
  type Bot { id: ID photo: Photo }
  union Either = User | Bot
"""
)


@pytest.fixture(scope="module")
def engine():
    from c360_federation import SubgraphSdl, compose

    supergraph = compose([SubgraphSdl("users", SDL)])
    # Federation knows no arguments inside arguments; supergraphs made otherwise may hold them.
    supergraph = supergraph.replace('["first", "last"]', '["first", "last", "in.first"]')
    return Engine(supergraph, InProcessTransport({}))


def cost(engine, query, limits=Limits(), **variables):  # noqa: B008
    read = read_operation(query, None, limits)
    return estimate(engine.supergraph, limits, read.node, read.fragments, variables).cost


@pytest.mark.parametrize(
    "query, types, fields",
    [
        # Worked out by hand; the operation's own type counts once.
        ("{ __typename }", 1, 0),
        ("{ top { id } }", 2, 5),
        ("{ top { name } }", 2, 7),
        ("{ top { friend { friend { id } } } }", 4, 7),
        ("{ users(first: 5) { id } }", 6, 1),
        ("{ users(last: 5) { name } }", 6, 11),
        ("{ users(in: { first: 2 }) { friends { id } } }", 1 + 2 + 8, 1 + 2),
        ("{ users(first: -3) { id } }", 1, 1),
        ("{ open { id } }", 8, 1),
        ("{ open(first: 2) { id } }", 3, 1),
        ("{ preset { id } }", 4, 1),
        ("{ plain { id } }", 11, 1),
        ("{ page(first: 3) { total nodes { name } } }", 1 + 1 + 3, 1 + 1 + 6),
        ("{ page(first: 3) { ...p } } fragment p on Users { nodes { id } }", 5, 2),
        ("{ top { photo { url } } }", 1 + 1 + 6 + 1, 6),
        ("{ any { ... on User { id } ... on Bot { photo { url } } } }", 1 + 1 + 7, 2),
        ("{ any { ... on User { name } ... on Bot { id } } }", 2, 3),
        ("{ found(id: 1) { id } }", 2, 3),
        ('{ found(by: { name: "x", or: [{ name: "y" }, {}] }) { id } }', 2, 7),
        ('{ saved(by: { name: "x" }) { id } }', 2, 0),
        ("{ a: top { id } b: top { id } }", 3, 10),
        ("{ nope { x } top { id } }", 2, 5),
        ("{ top }", 2, 5),
        ("{ any }", 2, 1),
        ("{ users(first: 2) }", 3, 1),
    ],
)
def test_costs(engine, query, types, fields):
    assert cost(engine, query) == Cost(types, fields)


def test_lengths_from_variables(engine):
    query = "query Q($n: Int = 4, $by: Filter) { users(first: $n) { id } found(by: $by) { id } }"
    assert cost(engine, query) == Cost(1 + 4 + 1, 2)
    assert cost(engine, query, n=9) == Cost(1 + 9 + 1, 2)
    assert cost(engine, query, n=0, by={"name": "x"}) == Cost(2, 5)


@pytest.mark.parametrize(
    "query",
    [
        "{ users { id } }",
        "{ users(first: 1, last: 1) { id } }",
        "{ users(in: 5) { id } }",
        "{ users(in: {}) { id } }",
        "{ users(in: [{ first: 1 }]) { id } }",
        '{ users(in: { first: "1" }) { id } }',
        "{ users(first: null) { id } }",
    ],
)
def test_a_list_without_a_bound_is_refused(engine, query):
    with pytest.raises(RequestRefused) as caught:
        cost(engine, query)
    assert caught.value.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_fragments_that_multiply_are_quick_to_measure(engine):
    fragments = " ".join(
        f"fragment f{n} on User {{ ...f{n + 1} a{n}: friend {{ ...f{n + 1} }} "
        f"b{n}: friend {{ ...f{n + 1} }} }}"
        for n in range(40)
    )
    query = f"{{ top {{ ...f0 }} }} {fragments} fragment f40 on User {{ id }}"
    assert cost(engine, query, Limits(aliases=2**70)).types > 2**40


def limited(engine, **limits):
    settings = EngineSettings(limits=Limits(**limits))
    return Engine(engine.supergraph, InProcessTransport({}), settings)


def refusal(engine, query, **variables):
    with pytest.raises(RequestRefused) as caught:
        engine.prepare(query, None, variables)
    (error,) = caught.value.errors
    return error["extensions"]


def test_limits_of_costs(engine):
    strict = limited(engine, type_cost=10)
    strict.prepare("{ users(first: 9) { id } }")
    problem = refusal(strict, "{ users(first: 10) { id } }")
    assert problem == {
        "code": "OPERATION_TOO_LARGE",
        "retryable": False,
        "limit": "type_cost",
        "most": 10,
    }
    assert refusal(limited(engine, field_cost=4), "{ top { id } }")["limit"] == "field_cost"


def test_a_cost_that_depends_on_variables_is_checked_each_time(engine):
    strict = limited(engine, type_cost=10)
    query = "query Q($n: Int) { users(first: $n) { id } }"
    strict.prepare(query, None, {"n": 3})
    assert refusal(strict, query, n=1000)["limit"] == "type_cost"
    strict.prepare(query, None, {"n": 3})


@pytest.mark.parametrize(
    "limit, query",
    [
        ("tokens", "{ nope nope nope nope }"),
        ("depth", "{ nope { nope { nope } } }"),
        ("depth", "{ ...f } fragment f on Query { nope { ...f } }"),
        ("depth", "query A { top { id } } query B { nope { nope { nope } } }"),
        ("aliases", "{ a: nope b: nope c: nope }"),
        ("directives", "{ nope @x @x @x }"),
        ("type_cost", "{ users(first: 100) { id } nope }"),
    ],
)
def test_limits_come_before_validation(engine, limit, query):
    most = {"tokens": 5, "depth": 2, "aliases": 2, "directives": 2, "type_cost": 50}[limit]
    problem = refusal(limited(engine, **{limit: most}), query)
    assert (problem["code"], problem["limit"]) == ("OPERATION_TOO_LARGE", limit)
