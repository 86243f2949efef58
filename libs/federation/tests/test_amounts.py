"""What a request brings along is counted before it is read, wherever it stands."""

from dataclasses import replace

import pytest
from c360_federation import EngineSettings, InputLimits, Limits, RequestRefused
from c360_federation.operation.amounts import inputs_of
from c360_federation.operation.limits import fragments_of
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

READS = InputLimits(nodes=500, characters=2_000, depth=8, items=50, conditions=20)


@pytest.fixture
def engine(world, subgraph):
    api = subgraph("""
      type Query { deeper(any: Any): Query
        find(filter: Filter, ids: [ID!], any: Any, text: String): Int }
      type Mutation { write(ids: [ID!], any: Any): Int }
      scalar Any
      input Filter { or: [Filter!] and: [Filter!] not: Filter name: Test age: Test }
      input Test { equals: String contains: String in: [String!] }
    """)
    return world(EngineSettings(limits=Limits(reads=READS)), api=api).engine


def limit(engine, query, **variables):
    """Which limit refuses it; None if none does."""
    try:
        engine.prepare(query, variables=variables)
    except RequestRefused as refused:
        (error,) = refused.errors
        assert error["extensions"]["code"] == "OPERATION_TOO_LARGE", error
        return error["extensions"]["limit"]
    return None


def either(count):
    return {"or": [{"name": {"contains": "q"}}] * count}


def written(value):
    """A value as a literal."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return f'"{value}"'


BY_VARIABLE = "query($f: Filter) { find(filter: $f) }"
AMOUNTS = [
    (either(20), None),
    (either(21), "conditions"),
    ({"name": {"in": ["a"] * 50}}, None),
    ({"name": {"in": ["a"] * 51}}, "list_items"),
    ({"and": [{}] * 21}, "conditions"),
    ({"and": [{"name": {"equals": "a", "contains": "b"}}] * 11}, "conditions"),
    ({"not": {"not": {"not": {"not": {"name": {"equals": "a"}}}}}}, None),
    ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"name": {}}}}}}}}}, "input_depth"),
    ({"name": {"equals": "x" * 2_001}}, "input_characters"),
]


@pytest.mark.parametrize(("value", "refused_by"), AMOUNTS)
def test_a_variable_and_a_literal_count_alike(engine, value, refused_by):
    assert limit(engine, BY_VARIABLE, f=value) == refused_by
    assert limit(engine, f"{{ find(filter: {written(value)}) }}") == refused_by
    default = f"query($f: Filter = {written(value)}) {{ find(filter: $f) }}"
    assert limit(engine, default) == refused_by


def test_what_a_store_evaluates_counts_for_each_use(engine):
    uses = " ".join(f"a{n}: find(filter: $f)" for n in range(4))
    query = f"query($f: Filter) {{ {uses} }}"
    assert limit(engine, query, f=either(5)) is None
    assert limit(engine, query, f=either(6)) == "conditions"
    within = "query($f: Filter!) { find(filter: {or: [$f, $f, $f]}) }"
    assert limit(engine, within, f={"name": {"equals": "a"}}) is None
    assert limit(engine, within, f=either(7)) == "conditions"


def test_a_variable_inside_a_condition_is_one(engine):
    terms = ", ".join(["{name: {contains: $q}}"] * 21)
    query = f"query($q: String) {{ find(filter: {{or: [{terms}]}}) }}"
    assert limit(engine, query, q="x") == "conditions"


def test_fragments_count_as_often_as_they_are_spread(engine):
    fragments = " ".join(
        f"fragment f{n} on Query {{ ...f{n + 1} ... @include(if: $yes) {{ ...f{n + 1} }} }}"
        for n in range(3)
    )
    query = (
        f"query($f: Filter, $yes: Boolean!) {{ ...f0 }} {fragments}"
        " fragment f3 on Query { find(filter: $f) }"
    )
    assert limit(engine, query, f=either(2), yes=True) is None
    assert limit(engine, query, f=either(3), yes=True) == "conditions"


@pytest.mark.parametrize(
    "place",
    [
        "{{ {} }}",
        "{{ deeper {{ deeper {{ {} }} }} }}",
        "{{ ... {{ deeper {{ ... on Query {{ {} }} }} }} }}",
        "{{ ...f }} fragment f on Query {{ deeper {{ {} }} }}",
        "{{ deeper(any: [1]) {{ {} }} }}",
    ],
)
def test_arguments_count_at_any_depth(engine, place):
    assert limit(engine, place.format('find(ids: ["a", "b"])')) is None
    many = ", ".join(['"a"'] * 51)
    assert limit(engine, place.format(f"find(ids: [{many}])")) == "list_items"


@pytest.mark.parametrize("open_,close", [("[", "]"), ("{a: ", "}")])
def test_so_deep_is_a_literal_or_a_variable_and_no_deeper(engine, open_, close):
    for levels, expected in ((8, None), (9, "input_depth")):
        literal = open_ * levels + "1" + close * levels
        assert limit(engine, f"{{ find(any: {literal}) }}") == expected
        value = 1
        for _ in range(levels):
            value = [value] if open_ == "[" else {"a": value}
        assert limit(engine, "query($any: Any) { find(any: $any) }", any=value) == expected


def test_scalars_without_a_form_count_too(engine):
    query = "query($any: Any) { find(any: $any) }"
    assert limit(engine, query, any=[[1] * 5] * 8) is None
    assert limit(engine, query, any={str(n): n for n in range(600)}) in (
        "conditions",
        "input_nodes",
    )


def test_what_is_written_is_much_at_once(engine):
    query = "mutation($ids: [ID!], $any: Any) { write(ids: $ids, any: $any) }"
    assert limit(engine, query, ids=["x"] * 5_000, any=[{"a": "b"}] * 1_000) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


def nodes_in(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(nodes_in, inner))


@given(values, st.integers(-3, 3))
def test_nodes_are_all_values(value, spare):
    document = parse("query($v: Any) { find(any: $v) }")
    inputs = inputs_of(document.definitions[0], fragments_of(document))
    most = nodes_in(value) + spare
    try:
        inputs.check(InputLimits(nodes=most), {"v": value})
        assert spare >= 0
    except RequestRefused:
        assert spare < 0


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)


@given(
    st.dictionaries(st.sampled_from("abcd"), PLAIN | st.lists(PLAIN, max_size=2)),
    st.integers(0, 5),
    st.integers(0, 12),
)
def test_plain_values_are_counted_like_all_others(values, nodes, characters):
    declared = ", ".join(f"${name}: Any" for name in "abcd")
    used = ", ".join(f"{name}: ${name}" for name in "abcd")
    query = f"query ({declared}) {{ find({used}) }}"
    (operation,) = (document := parse(query)).definitions
    inputs = inputs_of(operation, fragments_of(document))
    # A literal has everything counted one by one, and costs one node.
    beside = replace(inputs, literals=(([], 1),))
    within = InputLimits(nodes=nodes, characters=characters)
    roomier = replace(within, nodes=nodes + 1)
    assert is_refused(inputs, within, values) == is_refused(beside, roomier, values)


def is_refused(inputs, limits, values):
    try:
        inputs.check(limits, values)
    except RequestRefused:
        return True
    return False
