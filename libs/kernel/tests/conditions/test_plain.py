"""Conditions come back from their text, and nothing else does."""

import pytest
from c360_kernel.conditions.plain import condition_text, read_condition_text
from c360_kernel.conditions.tree import EVERYBODY, ValueTest
from c360_kernel.context import CallerContext, CallerRefused
from c360_kernel.errors import Invalid
from c360_kernel.scope import scope_of
from c360_kernel.testing.conditions import conditions
from hypothesis import given


@given(conditions)
def test_a_condition_comes_back_from_its_text(condition):
    assert read_condition_text(condition_text(condition)) == condition
    assert repr(read_condition_text(condition_text(condition))) == repr(condition)


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", '"all"', "[[]]", '["not"]', '["not",["all"],["all"]]',
        '["test","a","is",1]', '["test","a","equals"]', '["test",1,"exists",null]',
        '["test","a","equals",{}]', '["test","a","in",[{}]]', '["all",["every"]]', "[" * 5000,
    ],
)  # fmt: skip
def test_another_text_is_no_condition(text):
    with pytest.raises(Invalid, match="no condition"):
        read_condition_text(text)


def test_a_context_states_its_scope():
    north = ValueTest("region", "equals", "north")
    assert scope_of(CallerContext("a", ())) == EVERYBODY
    assert scope_of(CallerContext("a", (), predicate=condition_text(north))) == north


def test_a_scope_that_is_not_understood_lets_nobody_ask():
    with pytest.raises(CallerRefused):
        scope_of(CallerContext("a", (), predicate="region = 'north'"))
