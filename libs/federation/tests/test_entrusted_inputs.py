"""Input types that a subgraph judges by itself: shown as declared, passed on as they came."""

import json

import pytest
from c360_federation import Engine, RequestRefused, SubgraphSdl, compose
from c360_federation.supergraph import read_supergraph
from graphql import print_schema
from hypothesis import given
from hypothesis import strategies as st

SDL = """
type Query { n: Int }
type Mutation { write(items: [Item!]!, strict: Strict): Int note(item: Item): Int }
input Item { key: String! kind: Kind parts: [Part!] traits: Traits }
input Part { type: Kind! value: String! }
input Traits { phone: String size: Int }
input Strict { key: String! }
enum Kind { A B }
"""
SUPERGRAPH = compose([SubgraphSdl("crm", SDL)])
WRITE = "mutation($items: [Item!]!) { write(items: $items) }"
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "kind", "parts", "traits", "x"]), inner)
    ),
    max_leaves=8,
)


def engine():
    return Engine(read_supergraph(SUPERGRAPH, entrusted=("Item", "Nowhere")), None)


ENGINE = engine()


@given(st.lists(ANYTHING.filter(lambda value: value is not None), max_size=4))
def test_whatever_is_given_as_a_variable_is_passed_on(items):
    prepared = ENGINE.prepare(WRITE, variables={"items": items})
    assert prepared.variables == {"items": items}
    assert prepared.plan.fetches


def literal(value):
    """The GraphQL literal of a JSON value."""
    if isinstance(value, dict):
        return "{" + " ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(literal, value)) + "]"
    return json.dumps(value)


@given(st.lists(ANYTHING.filter(lambda value: value is not None), min_size=1, max_size=4))
def test_whatever_is_written_as_a_literal_is_passed_on(items):
    prepared = ENGINE.prepare(f"mutation {{ write(items: {literal(items)}) }}")
    assert prepared.plan.fetches


@pytest.mark.parametrize("items", ["null", "[null]", "[{} null]"])
def test_a_null_where_none_may_be_is_the_request_s_fault(items):
    with pytest.raises(RequestRefused):
        ENGINE.prepare(f"mutation {{ write(items: {items}) }}")
    with pytest.raises(RequestRefused):
        given = json.loads(items.replace("{} ", "{}, "))
        ENGINE.prepare(WRITE, variables={"items": given})


def test_a_null_is_passed_on_where_it_may_be():
    assert ENGINE.prepare("mutation { note(item: null) }").plan.fetches


@pytest.mark.parametrize("strict", ["{}", "{key: 1}", "{key: null}", '{key: "a" x: 1}', "5"])
def test_other_types_are_checked_as_ever(strict):
    with pytest.raises(RequestRefused):
        ENGINE.prepare(f"mutation {{ write(items: [], strict: {strict}) }}")


@pytest.mark.parametrize(
    ("declared", "used"),
    [("Part!", "parts: [$p]"), ("[Part!]", "parts: $p"), ("Traits", "traits: $p")],
)
def test_a_part_may_be_a_variable_of_its_own(declared, used):
    query = f'mutation($p: {declared}) {{ write(items: [{{key: "k" {used}}}]) }}'
    prepared = ENGINE.prepare(query, variables={"p": {"size": "large", "x": 1}})
    assert prepared.plan.fetches


def test_the_policy_is_asked_about_the_fields_of_items_and_not_of_their_parts():
    item = {"key": "k", "parts": [{"type": "A"}], "traits": {"phone": "1"}, "unheard": 1}
    as_variable = ENGINE.prepare(WRITE, variables={"items": [item]})
    as_literal = ENGINE.prepare(f"mutation {{ write(items: [{literal(item)}]) }}")
    expected = {"Item.key", "Item.parts", "Item.traits"}
    for prepared in (as_variable, as_literal):
        used = {use.coordinate for use in prepared.uses if not use.coordinate.startswith("Mut")}
        assert used == expected


def test_the_schema_shows_what_the_subgraph_declared():
    plain = read_supergraph(SUPERGRAPH)
    assert print_schema(engine().supergraph.schema) == print_schema(plain.schema)


def test_without_being_told_nothing_is_entrusted():
    strict = Engine(read_supergraph(SUPERGRAPH), None)
    with pytest.raises(RequestRefused):
        strict.prepare(WRITE, variables={"items": [{"key": 1}]})


ENUMS = """
type Query { n(level: Level): Int }
type Mutation { write(items: [Item!]!): Int }
input Item { kind: Kind level: Level parts: [Part!] }
input Part { kinds: [Kind!] }
enum Kind { A }
enum Level { LOW }
"""


@given(ANYTHING.filter(lambda value: value is not None))
def test_a_value_of_an_enum_that_only_items_have_is_passed_on(value):
    of_items = Engine(
        read_supergraph(compose([SubgraphSdl("crm", ENUMS)]), entrusted=("Item",)), None
    )
    document = "mutation($kind: Kind!) { write(items: [{kind: $kind, parts: [{kinds: [$kind]}]}]) }"
    assert of_items.prepare(document, variables={"kind": value}).variables == {"kind": value}


@pytest.mark.parametrize("entrusted", [("Item",), ()])
def test_a_value_of_an_enum_that_others_have_too_is_checked(entrusted):
    stated = Engine(
        read_supergraph(compose([SubgraphSdl("crm", ENUMS)]), entrusted=entrusted), None
    )
    document = "query($level: Level!) { n(level: $level) }"
    assert stated.prepare(document, variables={"level": "LOW"}).plan.fetches
    with pytest.raises(RequestRefused):
        stated.prepare(document, variables={"level": "low"})
