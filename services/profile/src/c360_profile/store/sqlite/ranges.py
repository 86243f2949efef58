"""Which values of an index pass a test: numbers stand before texts there, and flags last."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import cast

import orjson
from c360_kernel.conditions.operators import Operator, Wanted, has_order, kind_of
from c360_kernel.conditions.sqlite import Bind
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue

from c360_profile.store.sqlite.golden import cell, items_of

_FIRST_TEXT, _FIRST_FLAG = "''", "x''"
_SIDES: Mapping[Operator, str] = {
    "greater_than": ">",
    "at_least": ">=",
    "less_than": "<",
    "at_most": "<=",
}
_SURROGATES = range(0xD800, 0xE000)


def range_of(test: ValueTest, value: str, bind: Bind) -> str | None:
    """The values that pass a test, as a condition on a column of the index; None if none is."""
    wanted = test.wanted
    match test.operator:
        case "equals" if _is_plain(wanted):
            return f"{value} = {bind(cell(cast(TraitValue, wanted)))}"
        case "in" if isinstance(wanted, tuple) and all(map(_is_plain, wanted)):
            return f"{value} IN {_among(wanted, bind)}"
        case "starts_with" if isinstance(wanted, str) and "\0" not in wanted:
            end = _after_prefix(wanted)
            below = _FIRST_FLAG if end is None else bind(end)
            return f"{value} >= {bind(wanted)} AND {value} < {below}"
        case "exists":
            return "1"
        case "greater_than" | "at_least" | "less_than" | "at_most" if has_order(wanted):
            return _ordered(test.operator, wanted, value, bind)
        case _:
            return None


def containing(who: str, index: str, trait: str, wanted: str, bind: Bind) -> str:
    """A SELECT of those of whom an index has a list with this item, or a text with this in it."""
    text, name = bind(wanted), bind(trait)
    return (
        f"SELECT {who} FROM {index} WHERE trait = {bind(items_of(trait))} AND value = {text}"
        f" UNION ALL SELECT {who} FROM {index} WHERE trait = {name} AND value >= {_FIRST_TEXT}"
        f" AND value < {_FIRST_FLAG} AND instr(value, {text}) > 0"
    )


def _is_plain(wanted: Wanted) -> bool:
    """Whether the index holds the value itself, and so no other under it."""
    if isinstance(wanted, str):
        # No value holds a NUL, at which a text of JSON would end.
        return "\0" not in wanted
    return wanted is not None and not isinstance(wanted, tuple) and _is_exact(wanted)


def _is_exact(number: float) -> bool:
    return -(2**63) <= number < 2**63 if isinstance(number, int) else number == number  # noqa: PLR0124


def _among(wanted: tuple[object, ...], bind: Bind) -> str:
    flags = [one for one in wanted if isinstance(one, bool)]
    others = [one for one in wanted if not isinstance(one, bool)]
    plain = f"SELECT value FROM json_each({bind(orjson.dumps(others).decode())})"
    return f"({' UNION ALL '.join([plain, *(f'SELECT {bind(cell(one))}' for one in flags)])})"


def _ordered(operator: Operator, wanted: Wanted, value: str, bind: Bind) -> str | None:
    if not _is_plain(wanted):
        return None
    passing = f"{value} {_SIDES[operator]} {bind(cell(cast(TraitValue, wanted)))}"
    is_number, is_from = kind_of(wanted) == "number", operator in ("greater_than", "at_least")
    if is_from:
        return f"{passing} AND {value} < {_FIRST_TEXT if is_number else _FIRST_FLAG}"
    return passing if is_number else f"{passing} AND {value} >= {_FIRST_TEXT}"


def _after_prefix(prefix: str) -> str | None:
    """The first text after all that begin so; None if there is none."""
    for end in range(len(prefix), 0, -1):
        following = ord(prefix[end - 1]) + 1
        if following <= sys.maxunicode:
            beyond = _SURROGATES.stop if following in _SURROGATES else following
            return prefix[: end - 1] + chr(beyond)
    return None
