"""Operations that grow or nest without bound are refused, quickly and with a code."""

import pytest
from c360_federation import EngineSettings, Limits, RequestRefused
from c360_federation.operation.limits import check_size
from graphql import parse


@pytest.fixture
def engine(world, subgraph):
    api = subgraph("type Query { node: Node leaf: Int } type Node { node: Node leaf: Int }")
    return world(api=api).engine


def refused(engine, query):
    with pytest.raises(RequestRefused) as caught:
        engine.prepare(query)
    return {one["extensions"]["code"] for one in caught.value.errors}


def test_fragments_that_multiply(engine):
    fragments = " ".join(
        f"fragment f{n} on Node {{ a: node {{ ...f{n + 1} }} b: node {{ ...f{n + 1} }} }}"
        for n in range(25)
    )
    query = f"{{ node {{ ...f0 }} }} {fragments} fragment f25 on Node {{ leaf }}"
    assert refused(engine, query) == {"OPERATION_TOO_LARGE"}


def test_a_deep_selection(engine):
    query = "{" + "node {" * 2500 + "leaf" + "}" * 2501
    assert refused(engine, query) <= {"OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED"}


def test_a_deep_literal(engine):
    query = "{ leaf(x: " + "[" * 4000 + "]" * 4000 + ") }"
    assert refused(engine, query) <= {"OPERATION_TOO_LARGE", "GRAPHQL_PARSE_FAILED"}


def nested(depth, before="", after=""):
    """A selection of so many fields, each below the one before."""
    text = "leaf"
    for _ in range(depth - 1):
        text = f"node {{ {before}{text}{after} }}"
    return text


# Each spelling of a query of so many levels, aliases and directives.
SPELLINGS = [
    lambda depth: f"{{ {nested(depth)} }}",
    lambda depth: f"{{ {nested(depth, '... { ', ' }')} }}",
    lambda depth: f"{{ {nested(depth, '... on Node { ', ' }')} }}",
    lambda depth: f"{{ ... {{ {nested(depth, '... { ', ' }')} }} }}",
    lambda depth: (
        f"{{ ...f }} fragment f on Query {{ node {{ ...g }} }}"
        f" fragment g on Node {{ {nested(depth - 1)} }}"
    ),
    lambda depth: f"query A {{ leaf }} query B {{ {nested(depth)} }}",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("depth", [3, 5, 9])
def test_depth_is_that_of_fields_however_they_are_spelled(spelling, depth):
    document = parse(spelling(depth))
    check_size(document, Limits(depth=depth))
    with pytest.raises(RequestRefused) as caught:
        check_size(document, Limits(depth=depth - 1))
    assert caught.value.errors[0]["extensions"]["limit"] == "depth"


@pytest.mark.parametrize(
    ("what", "count", "query"),
    [
        ("aliases", 1, "{ a: leaf leaf }"),
        ("aliases", 3, "{ a: node { b: leaf c: leaf leaf } }"),
        ("aliases", 4, "{ ...f x: node { ...f } } fragment f on Any { ...g } fragment g on Any {"
         " a: leaf } query Other { a: leaf b: node { c: leaf d: leaf } }"),
        ("directives", 1, "{ leaf @a }"),
        ("directives", 2, "query @a { leaf @a }"),
        ("directives", 3, "{ ... @a { leaf @b @c } }"),
        ("directives", 6, "{ ...f @a ...f @b } fragment f on Any @c { leaf @d }"),
        ("directives", 2, "{ node @a { node { leaf @b } } }"),
    ],
)  # fmt: skip
def test_aliases_and_directives_count_wherever_they_stand(what, count, query):
    document = parse(query)
    check_size(document, Limits(**{what: count}))
    with pytest.raises(RequestRefused) as caught:
        check_size(document, Limits(**{what: count - 1}))
    assert caught.value.errors[0]["extensions"]["limit"] == what


@pytest.mark.parametrize(
    "query",
    [
        "{ node { ...a } } fragment a on Node { node { ...a } }",
        "{ node { ...a } } fragment a on Node { ...a }",
        "{ node { ...a } } fragment a on Node { ... { node { ...b } } }"
        " fragment b on Node { ...a }",
    ],
)
def test_a_cycle_of_fragments_ends(engine, query):
    assert refused(engine, query) == {"OPERATION_TOO_LARGE"}
    with pytest.raises(RequestRefused):
        check_size(parse(query), Limits())


@pytest.mark.parametrize("other", ["type X { a: Int }", "schema { query: Query }", "scalar X"])
def test_what_is_no_operation_is_not_measured_and_refused(engine, other):
    assert refused(engine, f"{{ leaf }} {other}") == {"GRAPHQL_VALIDATION_FAILED"}
    assert refused(engine, "{ leaf ...nowhere }") == {"GRAPHQL_VALIDATION_FAILED"}


def test_mutations_have_the_limits_of_what_is_written():
    limits = Limits()
    assert limits.inputs("mutation") is limits.writes
    assert limits.inputs("query") is limits.inputs("subscription") is limits.reads


def test_too_many_tokens(engine):
    assert refused(engine, "{" + " leaf" * 11_000 + "}") == {"OPERATION_TOO_LARGE"}


def test_too_many_characters_are_not_even_parsed(world, subgraph):
    api = subgraph("type Query { leaf: Int }")
    engine = world(EngineSettings(limits=Limits(characters=20)), api=api).engine
    with pytest.raises(RequestRefused) as caught:
        engine.prepare("{ what is this # " + "x" * 20)
    (error,) = caught.value.errors
    assert error["extensions"]["limit"] == "characters"
    assert engine.prepare("{ leaf }").kind == "query"


def test_caches_are_bounded(world, subgraph):
    api = subgraph("type Query { leaf: Int }")
    engine = world(EngineSettings(parsed_kept=3, compiled_kept=3, plans_kept=3), api=api).engine
    for n in range(10):
        engine.prepare(f"{{ a{n}: leaf }}")
    assert [len(engine._parsed), len(engine._compiled), len(engine._plans)] == [3, 3, 3]


@pytest.mark.parametrize(
    "query",
    [
        "{ leaf",
        "{ nothing }",
        "mutation { leaf }",
        "{ leaf leaf: node { leaf } }",
        "{" + "node {" * 200 + "leaf" + "}" * 201,
    ],
)
def test_a_refused_text_is_read_once(engine, query):
    first = refused(engine, query)
    readings = engine.readings
    assert refused(engine, query) == first
    assert engine.readings == readings


def test_what_variables_decide_is_decided_again(world, subgraph):
    api = subgraph("type Query { nodes(first: Int): [Node!] } type Node { leaf: Int }")
    engine = world(EngineSettings(limits=Limits(type_cost=100)), api=api).engine
    query = "query($n: Int) { nodes(first: $n) { leaf } }"
    with pytest.raises(RequestRefused):
        engine.prepare(query, variables={"n": 1_000})
    assert engine.prepare(query, variables={"n": 10}).kind == "query"


def test_refusals_are_forgotten(world, subgraph):
    api = subgraph("type Query { leaf: Int }")
    engine = world(EngineSettings(refusals_kept=3), api=api).engine
    for n in range(10):
        refused(engine, f"{{ a{n} }}")
    assert len(engine._refusals) == 3
