"""Tests of values as functions: as `c360_kernel.conditions.operators` says, without asking it for
the commonest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeGuard

from c360_kernel.conditions.operators import kind_of
from c360_kernel.conditions.tree import Values, ValueTest
from c360_kernel.record import TraitValue

Quick: TypeAlias = Callable[[Values], bool]


def quick(test: ValueTest) -> Quick:
    """What answers a test."""
    name, wanted = test.name, test.wanted
    match test.operator, wanted:
        case "at_least", int() | float() if kind_of(wanted) == "number":
            return lambda values: _is_number(v := values.get(name)) and v >= wanted
        case "in", tuple() if all(isinstance(one, str) for one in wanted):
            several = frozenset(wanted)
            return lambda values: isinstance(v := values.get(name), str) and v in several
        case "equals", str():
            return lambda values: values.get(name) == wanted
        case _:
            return test.holds


def _is_number(value: TraitValue | None) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def quick_all(tests: tuple[ValueTest, ...]) -> Quick:
    """What answers whether all pass."""
    found = tuple(quick(test) for test in tests)
    if len(found) == 1:
        return found[0]
    return lambda values: all(test(values) for test in found)
