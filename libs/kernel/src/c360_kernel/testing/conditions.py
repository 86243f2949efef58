"""Any values and any conditions on them, of fitting and of wrong kinds, for every adapter."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from c360_kernel.conditions.operators import Operator
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest
from c360_kernel.record import TraitValue

NAMES: tuple[str, ...] = ("name", "points", "spend", "member", "interests")
TEXTS = (
    "", "1", "true", "null", "a", "A", "ab", "ba", "é", "e\u0301", "王", "𝕏", "\ue000", "\uffff",
    "%", "_", "'", '"', "\\", "\n", "\x01", " ", "a.b", "$", "[]", '["a"]', '["a","ab"]',
)  # fmt: skip
"""Texts that look like values of other kinds, that differ in form alone, that order oddly."""
NUMBERS = (
    0, 1, -1, 2, 2**53, 2**53 + 1, 2**63 - 1, -(2**63),
    0.0, -0.0, 0.1, 0.1 + 0.2, 0.5, 1.0, 2.0**53, 1e300, 5e-324, -1e-7,
)  # fmt: skip
LISTS = ((), ("a",), ("ab",), ("a", "ab"), ("ab", "a"), ("1",), ('["a"]',), ("王", "𝕏"), ("",))

texts = st.sampled_from(TEXTS) | st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=3
)
numbers = (
    st.sampled_from(NUMBERS)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
lists = st.sampled_from(LISTS)
any_value: st.SearchStrategy[TraitValue] = texts | numbers | st.booleans() | lists
_names: st.SearchStrategy[str] = st.sampled_from(NAMES)
values: st.SearchStrategy[dict[str, TraitValue]] = st.dictionaries(_names, any_value, max_size=4)
"""Values by name, whose kinds are not those of their traits."""

_compared = any_value | st.sampled_from(["\0", "a\0", "a\0b"])
_wanted = _compared | st.lists(_compared, max_size=4).map(tuple) | st.none()
value_tests = st.builds(ValueTest, _names, st.sampled_from(get_args(Operator)), _wanted)


def trees_of(tests: st.SearchStrategy[ValueTest]) -> st.SearchStrategy[ValueCondition]:
    """Any trees with these tests as leaves."""
    return st.recursive(tests, _combined, max_leaves=5)


def _combined(parts: st.SearchStrategy[ValueCondition]) -> st.SearchStrategy[ValueCondition]:
    some = st.lists(parts, max_size=3).map(tuple)
    return some.map(_all) | some.map(_any) | parts.map(_not)


def _all(parts: tuple[ValueCondition, ...]) -> ValueCondition:
    return All(parts)


def _any(parts: tuple[ValueCondition, ...]) -> ValueCondition:
    return AnyOf(parts)


def _not(part: ValueCondition) -> ValueCondition:
    return Not(part)


conditions = trees_of(value_tests)
