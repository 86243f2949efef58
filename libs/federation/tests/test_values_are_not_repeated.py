"""Messages never repeat a value: what is asked with may be personal data."""

import json

import pytest
from c360_federation import RequestRefused

SECRET = "13812345678"


@pytest.fixture
def engine(world, subgraph):
    api = subgraph(
        """
        enum Kind { A B }
        input Filter { phone: String! age: Int kind: Kind many: [Int!] }
        type Query { find(filter: Filter, id: Int, kind: Kind, flag: Boolean, ids: [ID!]): Int }
        """
    )
    return world(api=api).engine


LITERALS = [
    f'{{ find(id: "{SECRET}") }}',
    f'{{ find(kind: "{SECRET}") }}',
    f"{{ find(kind: P{SECRET}) }}",
    f"{{ find(filter: {{phone: {SECRET}}}) }}",
    f'{{ find(filter: {{phone: "x", age: "{SECRET}"}}) }}',
    f'{{ find(filter: {{phone: "x", many: ["{SECRET}"]}}) }}',
    f'{{ find(flag: "{SECRET}") }}',
    f"{{ find(id: {SECRET}) }}",
    f'{{ find(id: "{SECRET} }}',
    f'{{ find(id: 1 "{SECRET}") }}',
    f"{{ find(id: {SECRET}x) }}",
    f'"{SECRET}"',
    f'query($v: Int = "{SECRET}") {{ find(id: $v) }}',
]


@pytest.mark.parametrize("query", LITERALS)
def test_literals(engine, query):
    with pytest.raises(RequestRefused) as refused:
        engine.prepare(query)
    assert SECRET not in json.dumps(refused.value.errors)
    assert all(one["extensions"]["code"] for one in refused.value.errors)


VARIABLES = [
    ("Int", SECRET),
    ("Int", int(SECRET)),
    ("Kind", SECRET),
    ("Boolean", SECRET),
    ("[ID!]", [[SECRET]]),
    ("[ID!]", [None, SECRET]),
    ("Filter", SECRET),
    ("Filter", {"phone": int(SECRET)}),
    ("Filter", {"phone": "x", SECRET: 1}),
    ("Filter", {"phone": "x", "kind": SECRET}),
    ("Filter", {"phone": "x", "many": [1, SECRET]}),
    ("Filter!", None),
]
ARGUMENTS = {"Int": "id", "Kind": "kind", "Boolean": "flag", "[ID!]": "ids"}


@pytest.mark.parametrize("kind, value", VARIABLES)
def test_variables(engine, kind, value):
    argument = ARGUMENTS.get(kind, "filter")
    with pytest.raises(RequestRefused) as refused:
        engine.prepare(f"query($v: {kind}) {{ find({argument}: $v) }}", None, {"v": value})
    (error,) = refused.value.errors
    assert error["extensions"] == {"code": "BAD_VARIABLES", "retryable": False, "variable": "v"}
    assert SECRET not in json.dumps(error)
    assert '"$v"' in error["message"]


def test_the_place_inside_a_variable_is_named(engine):
    with pytest.raises(RequestRefused) as refused:
        engine.prepare(
            "query($v: Filter) { find(filter: $v) }", None, {"v": {"phone": "x", "many": [1, "x"]}}
        )
    assert "many.1" in refused.value.errors[0]["message"]


def test_a_missing_variable_is_named(engine):
    with pytest.raises(RequestRefused) as refused:
        engine.prepare("query($v: Int!) { find(id: $v) }")
    assert refused.value.errors[0]["message"].startswith('Variable "$v" of type "Int!"')
