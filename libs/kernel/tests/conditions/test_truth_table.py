"""Every operator, every kind of value, compared with every kind: once, for all who ask."""

from pathlib import Path
from typing import get_args

import pytest
from c360_kernel.conditions.operators import OPERATORS, Operator, kind_of
from c360_kernel.conditions.tree import Not
from c360_kernel.testing.truth_table import read_truth_table

TABLE = read_truth_table(Path(__file__).parents[4] / "docs/conditions.md")


@pytest.mark.parametrize(("test", "expected"), TABLE.tests, ids=repr)
def test_python_says_what_the_table_says(test, expected):
    assert tuple(test.holds(held) for held in TABLE.held) == expected
    assert tuple(Not(test).holds(held) for held in TABLE.held) == tuple(not one for one in expected)


@pytest.mark.parametrize(("test", "expected"), TABLE.tests, ids=repr)
def test_sql_says_what_the_table_says(said_by_sql, test, expected):
    assert said_by_sql(test, TABLE.held) == list(expected)


def test_the_table_has_every_operator_and_every_kind():
    assert {test.operator for test, _ in TABLE.tests} == {*OPERATORS} == {*get_args(Operator)}
    assert {kind_of(value) for value in TABLE.values if value is not None} == {
        "flag", "list", "number", "text",
    }  # fmt: skip
    for operator in ("equals", "not_equals", "greater_than", "at_least", "contains"):
        kinds = {kind_of(test.wanted) for test, _ in TABLE.tests if test.operator == operator}
        assert len(kinds) > 1, operator
