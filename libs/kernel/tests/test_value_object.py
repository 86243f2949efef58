"""Value objects are what frozen dataclasses are, where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

import pytest
from c360_kernel.value_object import value_object

_NONE: Mapping[str, int] = {}


@value_object
class Point:
    """What the tests make."""

    x: int
    y: int = 0
    named: Mapping[str, int] = field(default_factory=lambda: _NONE, compare=False)


def test_equal_fields_make_equal_values_under_one_hash() -> None:
    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(1, 1)
    assert {Point(1), Point(1, 0), Point(2)} == {Point(1), Point(2)}


def test_another_value_is_made_and_the_first_one_stays() -> None:
    first = Point(1, 2)
    assert replace(first, x=3) == Point(3, 2)
    assert first == Point(1, 2)


def test_it_has_its_fields_and_no_others() -> None:
    with pytest.raises(AttributeError):
        object.__setattr__(Point(1), "z", 1)
