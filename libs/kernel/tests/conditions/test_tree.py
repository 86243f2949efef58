"""What trees say, and that their checked documents are read as what they state."""

import pytest
from c360_kernel.catalog.model import TraitType
from c360_kernel.conditions.checking import Fault, faults, trait_leaf
from c360_kernel.conditions.reading import read_traits
from c360_kernel.conditions.tree import EVERYBODY, NOBODY, All, AnyOf, Not, ValueTest, leaves
from c360_kernel.testing.conditions import conditions, values
from hypothesis import given

TRAITS = {
    "city": TraitType("city", "string", "public", "latest"),
    "tier": TraitType("tier", "string", "public", "latest", choices=("gold", "silver")),
    "since": TraitType("since", "date", "public", "latest"),
    "seenAt": TraitType("seenAt", "datetime", "public", "latest"),
    "likes": TraitType("likes", "strings", "public", "union"),
}
LEAVES = {"trait": trait_leaf(TRAITS)}


@given(one=conditions, other=conditions, held=values)
def test_all_any_and_not_are_those_of_logic(one, other, held):
    assert All((one, other)).holds(held) == (one.holds(held) and other.holds(held))
    assert AnyOf((one, other)).holds(held) == (one.holds(held) or other.holds(held))
    assert Not(one).holds(held) == (not one.holds(held))
    assert EVERYBODY.holds(held)
    assert not NOBODY.holds(held)


def test_leaves_come_from_left_to_right():
    a, b, c = (ValueTest(name, "exists") for name in "abc")
    assert list(leaves(All((Not(a), AnyOf((b, All())), c)))) == [a, b, c]


def test_values_take_the_type_of_what_they_meet():
    tree = {
        "all": [
            {"any": [{"trait": "seenAt", "op": "at_most", "value": "1970-01-01T00:00:01Z"}]},
            {"not": {"trait": "likes", "op": "equals", "value": ["tea"]}},
            {"trait": "city", "op": "in", "value": ["Rome", "Bonn"]},
            {"trait": "likes", "op": "contains", "value": "tea"},
            {"trait": "since", "op": "missing"},
        ]
    }
    assert list(faults(tree, LEAVES)) == []
    assert read_traits(tree, TRAITS) == All(
        (
            AnyOf((ValueTest("seenAt", "at_most", 1000),)),
            Not(ValueTest("likes", "equals", ("tea",))),
            ValueTest("city", "in", ("Rome", "Bonn")),
            ValueTest("likes", "contains", "tea"),
            ValueTest("since", "missing"),
        )
    )


@pytest.mark.parametrize(
    ("tree", "place", "message"),
    [
        (None, "", "expected a mapping, found nothing"),
        ({"event": "bought"}, "", "a condition has exactly one of all, any, not, trait"),
        ({"all": [[]]}, "all[0]", "expected a mapping, found a list"),
        ({"any": None}, "any", "expected a list, found nothing"),
        ({"not": {"trait": "cty"}}, "not.trait", "unknown trait 'cty', did you mean 'city'?"),
        ({"not": {}, "op": "in"}, "op", "unknown field 'op'"),
        ({"trait": 3, "op": "exists"}, "trait", "expected text, found a number"),
        ({"trait": "city"}, "", "'op' is missing"),
        ({"trait": "city", "op": "equals", "value": None}, "", "'value' is missing"),
        ({"trait": "city", "op": "in", "value": "Rome"}, "value", "expected a list, found text"),
        (
            {"trait": "tier", "op": "in", "value": ["gold", "tin"]},
            "value",
            "'tin' is not a choice of 'tier'",
        ),
        (
            {"trait": "likes", "op": "at_least", "value": []},
            "op",
            "'at_least' cannot be asked of type 'strings'",
        ),
    ],
)
def test_faults_have_their_place(tree, place, message):
    found = list(faults(tree, LEAVES))
    assert (place, message) in [(fault.place, fault.message) for fault in found]


def test_a_fault_is_where_it_is_in_a_larger_tree():
    tree = {"any": [{"trait": "city", "op": "exists"}, {"not": {"trait": "city", "op": "is"}}]}
    (fault,) = faults(tree, LEAVES)
    assert fault == Fault(("any", 1, "not", "op"), fault.message)
