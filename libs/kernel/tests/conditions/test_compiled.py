"""SQL says of every condition and all values what Python says."""

import pytest
from c360_kernel.conditions.tree import Not, ValueTest
from c360_kernel.testing.conditions import LISTS, NUMBERS, TEXTS, conditions, values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EVERY = (None, *TEXTS, *NUMBERS, True, False, *LISTS)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions, population=st.lists(values, min_size=1, max_size=6))
def test_sql_agrees(said_by_sql, condition, population):
    assert said_by_sql(condition, population) == [condition.holds(one) for one in population]


@pytest.mark.parametrize(
    "operator",
    ["equals", "in", "greater_than", "at_least", "less_than", "at_most", "contains", "starts_with"],
)
def test_sql_agrees_on_every_pair_of_odd_values(said_by_sql, operator):
    population = [{} if one is None else {"name": one} for one in EVERY]
    for wanted in (*EVERY, "a\0b"):
        test = ValueTest("name", operator, (wanted,) if operator == "in" else wanted)
        for condition in (test, Not(test)):
            expected = [condition.holds(one) for one in population]
            assert said_by_sql(condition, population) == expected, wanted
