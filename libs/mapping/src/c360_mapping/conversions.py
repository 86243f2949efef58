"""Turns a cell's value into text or a truth value.

Every converter raises `ValueError` on what it cannot take.
"""

from __future__ import annotations

from collections.abc import Callable

from c360_mapping.json_numbers import JsonNumber

Value = str | int | float | bool
Convert = Callable[[object], Value]

_TRUE = frozenset({"true", "yes", "y", "1", "t", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "f", "off"})


def to_text(value: object) -> str:
    """Text as it stands; numbers and truth values as JSON writes them.

    Raises `DigitsLost` for a number that is not known to its last digit.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.exact() if isinstance(value, JsonNumber) else str(value)


def to_boolean(value: object) -> bool:
    """true/yes/y/1/t/on and their opposites, in any case."""
    word = to_text(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("neither true nor false")
