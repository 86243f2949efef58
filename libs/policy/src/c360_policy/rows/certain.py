"""A condition that lets nobody be seen for what is not known of them.

In the language an absent value passes `not_equals`, and `not` of a test that it fails. A rule about
who is seen is read more strictly: a test of an absent value is neither true nor false (Kleene), and
only who certainly meets the rule is seen. `exists` and `missing` ask for absence itself.
"""

from __future__ import annotations

from c360_kernel.conditions.operators import WITHOUT_VALUE
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest


def certainly(condition: ValueCondition) -> ValueCondition:
    """Holds where the condition does, of values that are known."""
    match condition:
        case All(parts):
            return All(tuple(map(certainly, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(certainly, parts)))
        case Not(part):
            return certainly_not(part)
        case ValueTest():
            is_passed_by_nothing = condition.operator == "not_equals"
            return _of_known(condition, condition) if is_passed_by_nothing else condition


def certainly_not(condition: ValueCondition) -> ValueCondition:
    """Holds where the condition does not, of values that are known."""
    match condition:
        case All(parts):
            return AnyOf(tuple(map(certainly_not, parts)))
        case AnyOf(parts):
            return All(tuple(map(certainly_not, parts)))
        case Not(part):
            return certainly(part)
        case ValueTest():
            refuted = Not(condition)
            tests_absence = condition.operator in WITHOUT_VALUE
            return refuted if tests_absence else _of_known(condition, refuted)


def _of_known(test: ValueTest, condition: ValueCondition) -> ValueCondition:
    return All((ValueTest(test.name, "exists"), condition))
