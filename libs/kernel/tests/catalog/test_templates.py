"""Templates are text with names in braces; a fault in one is told with the name that is near."""

import pytest
from c360_kernel.catalog.templates import fault_in, filled
from hypothesis import given
from hypothesis import strategies as st

KNOWN = ("customer", "traits.email")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{customer} {{x}}", ""),
        ("{traits.emial}", "did you mean 'traits.email'"),
        ("{nothing-like-it}", "known: customer, traits.email"),
        ("a { b", "a single {"),
        ("a } b", "a single }"),
    ],
)
def test_a_fault_is_told(text, said):
    assert said in fault_in(text, KNOWN)
    assert bool(fault_in(text, KNOWN)) == bool(said)


def test_names_are_filled_in_once():
    assert filled("{customer}, {{{customer}}}", lambda name: "{x}") == "{x}, {{x}}"


@given(st.text())
def test_what_has_its_braces_doubled_is_what_it_was(text):
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert filled(doubled, str) == text
