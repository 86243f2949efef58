"""A refused request has one error; who may not see the schema learns no name from it."""

import re

import pytest
from c360_federation import Engine, RequestRefused, SubgraphSdl, compose
from c360_federation.execute.transport import InProcessTransport
from c360_federation.policy import OPEN
from hypothesis import given
from hypothesis import strategies as st

SDL = """
    enum Colour { RED GREEN }
    input Range { least: Int! most: Int }
    input Filter { name: String range: Range colour: Colour all: [Filter!] }
    type Query {
      customer(id: ID!): Customer
      customers(filter: Filter, first: Int): [Customer!]!
      anything: [Thing!]!
    }
    union Thing = Customer | Company
    type Customer { id: ID! phone: String phoneNumber: String company: Company }
    type Company { name: String! staff(first: Int): [Customer!]! }
"""
WORDS = [
    *("customer", "customers", "custmer", "anything", "id", "phone", "phon", "company", "nam"),
    *("name", "staff", "filter", "first", "frist", "Filter", "Customer", "Compny", "Colour"),
    *("RED", "RDE", "on", "x", "y", "least", "mots", "colour"),
]
CHOSEN = st.sampled_from(WORDS)
FIELD = st.recursive(
    CHOSEN,
    lambda inner: st.one_of(
        st.tuples(CHOSEN, inner).map("{0[0]} {{ {0[1]} }}".format),
        st.tuples(CHOSEN, CHOSEN, CHOSEN).map(" ".join),
        st.tuples(CHOSEN, inner).map("... on {0[0]} {{ {0[1]} }}".format),
        st.tuples(CHOSEN, CHOSEN, CHOSEN).map("{0[0]}({0[1]}: {0[2]})".format),
        st.tuples(CHOSEN, CHOSEN, CHOSEN, inner).map(
            "{0[0]}({0[1]}: {{{0[2]}: 7}}) {{ {0[3]} }}".format
        ),
        st.tuples(CHOSEN, CHOSEN).map("{0[0]} @{0[1]}(if: 7)".format),
    ),
    max_leaves=6,
)
OPERATION = st.lists(FIELD, min_size=1, max_size=4).map(" ".join).map("{{ {} }}".format)
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(CHOSEN, inner, max_size=3)
    ),
    max_leaves=6,
)


class Blind:
    """Allows everything but to see the schema."""

    key = "blind"

    def decide(self, use):
        return None

    def transform(self, coordinate):
        return None

    def introspection(self, schema):
        return None


@pytest.fixture(scope="module")
def engine():
    return Engine(compose([SubgraphSdl("api", SDL)]), InProcessTransport({}))


def refusal(engine, query, variables=None, policy=OPEN):
    with pytest.raises(RequestRefused) as refused:
        engine.prepare(query, None, variables, policy)
    return refused.value.errors


def names_in(message):
    return set(re.findall(r"\w+", " ".join(re.findall(r"['\"]([^'\"]*)['\"]", message))))


def told_of(engine, query, variables=None):
    """What one who may not see the schema is told, if the request is refused."""
    try:
        engine.prepare(query, None, variables, Blind())
    except RequestRefused as refused:
        (error,) = refused.errors
        return error["message"]
    return ""


@given(OPERATION)
def test_a_refused_document_is_told_in_the_words_of_who_wrote_it(engine, query):
    message = told_of(engine, query)
    assert "did you mean" not in message.lower()
    assert names_in(message) <= set(re.findall(r"\w+", query))
    assert told_of(engine, query) == message


@given(VALUES)
def test_refused_variables_are_told_in_the_words_of_who_wrote_them(engine, value):
    query = "query($v: Filter!) { customers(filter: $v) { id } }"
    message = told_of(engine, query, {"v": value})
    assert names_in(message) <= set(re.findall(r"\w+", query))


@pytest.mark.parametrize(
    "query",
    [
        "{ custmer(id: 1) { id } }",
        "{ customer(idd: 1) { id } }",
        "{ customer }",
        "{ customer(id: 1) }",
        "{ customers(filter: {nam: 1}) { id } }",
        "{ customers(filter: {colour: RDE}) { id } }",
        "{ customers(filter: {range: {most: 1}}) { id } }",
        "query($f: Filtr) { customers(filter: $f) { id } }",
        "{ anything { ... on Compny { name } } }",
        "{ anything { name } }",
        "query($f: Int) { customers(filter: $f) { id } }",
    ],
)
def test_only_who_sees_the_schema_is_told_names_of_it(engine, query):
    (open_error,) = refusal(engine, query)
    (error,) = refusal(engine, query, policy=Blind())
    assert names_in(error["message"]) <= set(re.findall(r"\w+", query))
    assert names_in(open_error["message"]) >= names_in(error["message"])
    assert error["locations"] == open_error["locations"]


def test_who_sees_the_schema_is_told_what_was_perhaps_meant(engine):
    (error,) = refusal(engine, "{ custmers { id } }")
    assert error["message"].endswith("Did you mean 'customers' or 'customer'?")


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ __typename " + "@aa" * 10 + " }", None),
        ("{ " + " ".join(f"no{number}" for number in range(60)) + " }", None),
        ("query($a: Int!, $b: Int!) { customers(first: $a) { id } c: customers(first: $b) { id } }",
         {"a": "x", "b": "y"}),
        ("query($a: Int!, $b: Int!) { customers(first: $a) { id } c: customers(first: $b) { id } }",
         {}),
    ],
)  # fmt: skip
def test_the_first_problem_is_told_and_no_other(engine, query, variables):
    first = refusal(engine, query, variables)
    assert len(first) == 1
    assert refusal(engine, query, variables) == first


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('customers(filter: {nmae: "x"}) { id }', "nmae"),
        ("customers(filter: {all: [{range: {lest: 1, least: 2}}]}) { id }", "lest"),
        ('customers(filter: {range: {least: 1}, colours: "x"}) { id }', "colours"),
    ],
)
@pytest.mark.parametrize("policy", [OPEN, Blind()])
def test_a_field_that_an_input_has_not_is_named_as_it_was_written(text, named, policy):
    engine = Engine(compose([SubgraphSdl("one", SDL)]), InProcessTransport({}))
    with pytest.raises(RequestRefused) as refused:
        engine.prepare(f"{{ {text} }}", policy=policy)
    assert f'Field "{named}" is not defined' in refused.value.errors[0]["message"]
