"""Operations that grow or nest without bound are refused, quickly and with a code."""

import pytest
from c360_federation import EngineSettings, Limits, RequestRefused


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
