"""Variables are read as their types say, and tell which inputs they use."""

import pytest
from c360_federation import RequestRefused
from c360_federation.operation.variables import read_variables, variable_readers
from graphql import build_schema, parse

SCHEMA = build_schema("""
  directive @oneOf on INPUT_OBJECT
  type Query { find(by: By, kinds: [Kind!], one: One, any: Any): Int }
  input By { kind: Kind name: String! deeper: By many: [By!] any: Any }
  input One @oneOf { a: Int b: String }
  enum Kind { X Y }
  scalar Any
""")


def read(declared, **given):
    node = parse(f"query({declared}) {{ find }}").definitions[0]
    return read_variables(variable_readers(SCHEMA, node), given)


def refused(declared, **given):
    with pytest.raises(RequestRefused) as caught:
        read(declared, **given)
    [error] = caught.value.errors
    return error["message"].partition(" is not valid")[2]


BY = {"kind": "X", "name": "n", "deeper": {"name": "d", "many": [{"name": "e", "kind": "Y"}]}}


def test_values_are_read_as_they_were_given_with_the_inputs_that_they_use():
    values, used = read("$by: By, $kinds: [Kind!]", by=BY, kinds=["X", "Y"])
    assert values == {"by": BY, "kinds": ["X", "Y"]}
    assert used["by"] == {"By.kind", "By.name", "By.deeper", "By.many", "Kind.X", "Kind.Y"}
    assert used["kinds"] == {"Kind.X", "Kind.Y"}


@pytest.mark.parametrize("value", [None, 5, "x", [1, {"a": None}], {"b": [True]}])
def test_a_scalar_without_a_form_takes_anything(value):
    assert read("$any: Any, $by: By", any=value, by={"name": "", "any": value}) == (
        {"any": value, "by": {"name": "", "any": value}},
        {"by": {"By.name", "By.any"}},
    )


def test_what_was_not_given_has_its_default_or_is_not_there():
    assert read("$k: Kind = Y, $n: Kind, $l: [Kind!] = [X]") == (
        {"k": "Y", "l": ["X"]},
        {"k": {"Kind.Y"}, "l": {"Kind.X"}},
    )
    assert read("$k: Kind = Y", k=None) == ({"k": None}, {})
    assert read("$k: Kind! = Y") == ({"k": "Y"}, {"k": {"Kind.Y"}})
    assert refused("$k: Kind!") == ": a value is required"
    assert refused("$k: Kind! = Y", k=None) == ": it may not be null"


def test_one_value_stands_for_a_list_of_one():
    assert read("$kinds: [Kind!]", kinds="X")[0] == {"kinds": ["X"]}
    assert refused("$kinds: [Kind!]", kinds=["X", None]) == " at 1: it may not be null"


@pytest.mark.parametrize("good", [{"a": 1}, {"b": "x"}])
def test_of_one_of_several_exactly_one_is_given(good):
    assert read("$one: One", one=good)[0] == {"one": good}


@pytest.mark.parametrize(
    "wrong", [{}, {"a": None}, {"a": 1, "b": "x"}, {"a": 1, "b": None}, {"a": None, "b": None}]
)
def test_of_one_of_several_no_other_number_is_taken(wrong):
    assert refused("$one: One", one=wrong) == ': exactly one field of "One" must be given'


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({}, " at name"),
        ({"name": None}, " at name"),
        ({"name": "x", "deeper": {"many": [{"name": "x"}, {}]}}, " at deeper"),
        ({"name": "x", "many": [{"name": "x"}, {"name": 5}]}, " at many.1.name"),
        ({"name": "x", "kind": "Z"}, " at kind"),
        ({"name": "x", "kind": 5}, " at kind"),
        ({"name": "x", "nobody": 5}, ""),
        ({"name": "x", 5: 5}, ""),
        ([], ""),
        ("x", ""),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(wrong, where):
    problem = refused("$by: By!", by=wrong)
    assert problem.startswith(where)
