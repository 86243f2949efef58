"""Which customers meet a condition, as far as the index of golden values can say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import orjson
from c360_kernel.conditions.facts import SOURCES, Carrying, Counted, tallied_by
from c360_kernel.conditions.operators import Operator, Wanted, has_order, kind_of
from c360_kernel.conditions.tree import AnyOf, ValueCondition, ValueTest
from c360_kernel.record import TraitValue

from c360_profile.store.sqlite.counting import who_has
from c360_profile.store.sqlite.golden import Cell, cell, items_of

Bind = Callable[[object], str]

_FIRST_TEXT, _FIRST_FLAG = "''", "x''"
_SIDES: Mapping[Operator, str] = {
    "greater_than": ">",
    "at_least": ">=",
    "less_than": "<",
    "at_most": "<=",
}
_AT_ONCE = 200
_SURROGATES = range(0xD800, 0xE000)


class Candidates(NamedTuple):
    """A SELECT of ids (`customer`) that gives exactly those who meet a condition, and maybe some
    who have ended where it is made from what is counted.

    `value` is the one value that they have of `trait`, where it is one: they come by id then.
    Where it `repeats`, it may give some of them twice. Where it takes long to make, `measured` is a
    SELECT of as many rows at least, which come at once.
    """

    sql: str
    trait: str = ""
    value: Cell | None = None
    repeats: bool = False
    measured: str = ""


def candidates(condition: ValueCondition, bind: Bind) -> Candidates | None:
    """Who meets a condition; None where the index does not say it."""
    match condition:
        case ValueTest():
            return _of_test(condition, bind)
        case AnyOf(()):
            return Candidates("SELECT id AS customer FROM customer WHERE 0")
        case AnyOf(parts):
            found = [candidates(part, bind) for part in parts]
            known = [one for one in found if one is not None]
            return _of_any(known) if len(known) == len(found) else None
        case _:
            return None


def _of_any(found: Sequence[Candidates]) -> Candidates:
    sql = _united([one.sql for one in found])
    measured = _united([one.measured or one.sql for one in found])
    is_slow = any(one.measured for one in found)
    return Candidates(sql, repeats=True, measured=measured if is_slow else "")


def _united(selects: Sequence[str]) -> str:
    """All rows of these: SQLite puts no more than some hundred together at once."""
    if len(selects) == 1:
        return selects[0]
    slices = [selects[at : at + _AT_ONCE] for at in range(0, len(selects), _AT_ONCE)]
    united = [" UNION ALL ".join(f"SELECT * FROM ({one})" for one in some) for some in slices]
    return _united(united)


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


def _of_test(test: ValueTest, bind: Bind) -> Candidates | None:
    if test.name == SOURCES:
        return _of_source(test, bind)
    if (tallied := tallied_by(test.name)) is not None:
        return _of_number(test, tallied, bind)
    if test.operator == "contains" and isinstance(test.wanted, str) and "\0" not in test.wanted:
        return _containing(test.name, test.wanted, bind)
    passing = range_of(test, "value", bind)
    if passing is None:
        return None
    sql = f"SELECT customer FROM golden WHERE trait = {bind(test.name)} AND {passing}"
    if test.operator == "equals":
        return Candidates(sql, test.name, cell(cast(TraitValue, test.wanted)))
    return Candidates(sql)


def _of_number(test: ValueTest, tallied: Counted | Carrying, bind: Bind) -> Candidates | None:
    having = who_has(test, tallied, bind)
    if having is None:
        return None
    return Candidates(having.sql, repeats=having.repeats, measured=having.measured)


def _of_source(test: ValueTest, bind: Bind) -> Candidates | None:
    """The index holds the items alone of what everybody has."""
    if test.operator != "contains" or not isinstance(test.wanted, str) or "\0" in test.wanted:
        return None
    items = items_of(SOURCES)
    passing = f"trait = {bind(items)} AND value = {bind(test.wanted)}"
    return Candidates(f"SELECT customer FROM golden WHERE {passing}", items, test.wanted)


def _containing(trait: str, wanted: str, bind: Bind) -> Candidates:
    text, name = bind(wanted), bind(trait)
    return Candidates(
        f"SELECT customer FROM golden WHERE trait = {bind(items_of(trait))} AND value = {text}"
        f" UNION ALL SELECT customer FROM golden WHERE trait = {name} AND value >= {_FIRST_TEXT}"
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
