"""Directives of operations that all subgraphs define: kept, and passed on with their fields."""

import pytest
from c360_federation import CompositionError, RequestRefused
from c360_federation.policy import Denial, UseKind

TRIM = "directive @trim(n: Int! = 3) on FIELD | QUERY\n"


@pytest.fixture
def shop(world, subgraph):
    a = subgraph(
        TRIM + 'type Query { p: P } type P @key(fields: "id") { id: ID! s: String }',
        {"Query.p": lambda _: {"id": "1", "s": "abcdef"}},
        {"P": lambda rep: {"id": rep["id"], "s": "abcdef"}},
    )
    b = subgraph(
        TRIM + 'type P @key(fields: "id") { id: ID! t(n: Int): String }',
        {"P.t": lambda _, n=0: f"t{n}"},
        {"P": lambda rep: rep},
    )
    return world(a=a, b=b)


async def test_a_directive_reaches_the_subgraph_of_its_field(shop):
    data = await shop.data("query ($n: Int!) { p { s @trim(n: $n) t(n: 2) @trim } }", n=4)
    assert data == {"p": {"s": "abcdef", "t": "t2"}}
    (_, first), (_, second) = shop.requests
    assert "s @trim(n: $n)" in first.query
    assert first.variables == {"n": 4}
    assert "t(n: 2) @trim" in second.query


@pytest.mark.parametrize(
    "query",
    [
        "{ p { s @trim s } }",
        "{ p { s s @trim } }",
        "{ p { s @trim(n: 1) ... on P { s @trim(n: 2) } } }",
        "{ p @trim { s } p { id s } }",
        "{ a: p { s @trim } p { s } }",
        "{ p { t @trim t } __schema @trim { queryType { name @trim } } }",
    ],
)
async def test_the_same_field_with_and_without(shop, query):
    data = await shop.data(query)
    assert set(data["p"]) <= {"s", "t", "id"}
    assert data["p"].get("s", "abcdef") == "abcdef"
    assert data["p"].get("t", "t0") == "t0"


async def test_conditions_are_settled_and_not_passed_on(shop):
    await shop.data("{ p { s @include(if: true) id @skip(if: true) } }")
    assert "@" not in shop.texts


async def test_a_directive_that_some_do_not_define_is_unknown(world, subgraph):
    a = subgraph(TRIM + "type Query { p: Int }")
    b = subgraph("type Query { q: Int }")
    with pytest.raises(RequestRefused, match="trim"):
        world(a=a, b=b).engine.prepare("{ p @trim }")


async def test_policy_is_not_asked_for_directives(shop):
    class Watching:
        key = "watching"

        def __init__(self):
            self.calls = []

        def decide(self, use) -> Denial | None:
            self.calls.append((use.kind, use.coordinate))
            return None

        def transform(self, coordinate):
            return None

        def introspection(self, schema):
            return schema

    policy = Watching()
    shop.engine.prepare("{ p { s @trim(n: 1) t(n: 2) @trim } }", policy=policy)
    arguments = {one for kind, one in policy.calls if kind is UseKind.ARGUMENT}
    assert arguments == {"P.t(n:)"}


def test_arguments_that_differ_too_much_are_refused(world, subgraph):
    a = subgraph(TRIM + "type Query { p: Int }")
    b = subgraph(TRIM.replace("n: Int! = 3", "n: String") + "type Query { q: Int }")
    with pytest.raises(CompositionError, match="FIELD_ARGUMENT_TYPE_MISMATCH"):
        world(a=a, b=b)
