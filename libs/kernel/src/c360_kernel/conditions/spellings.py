"""Tests of values that may be the same in another spelling than is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import AnyOf, Not, ValueCondition, ValueTest

Readings = Callable[[str], Sequence[str]]
"""The normal forms of a text."""


def in_any_spelling(test: ValueTest, readings: Readings, *, is_list: bool) -> ValueCondition:
    """The test of a golden value that is an identifier, or of a list of such.

    What has no normal form is golden as it was written, so that is asked for as well.
    """
    match test:
        case ValueTest(operator="equals", wanted=str() as text):
            return _one_of(test, _spellings(readings, [text]))
        case ValueTest(operator="not_equals", wanted=str() as text):
            said = _spellings(readings, [text])
            return test if said == (text,) else Not(_one_of(test, said))
        case ValueTest(operator="in", wanted=tuple() as listed):
            return ValueTest(test.name, "in", _spellings(readings, listed))
        case ValueTest(operator="contains", wanted=str() as text) if is_list:
            said = _spellings(readings, [text])
            return AnyOf(tuple(ValueTest(test.name, "contains", one) for one in said))
        case _:
            return test


def _one_of(test: ValueTest, said: tuple[str, ...]) -> ValueTest:
    alone = len(said) == 1
    return ValueTest(test.name, "equals", said[0]) if alone else ValueTest(test.name, "in", said)


def _spellings(readings: Readings, asked: Iterable[Wanted]) -> tuple[str, ...]:
    texts = [one for one in asked if isinstance(one, str)]
    found = [(one, *readings(one)) for one in texts]
    return tuple(dict.fromkeys(one for each in found for one in each))
