"""Which customers meet a condition, as far as the index of golden values can say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from c360_kernel.conditions.facts import SOURCES, Tallied, tallied_by
from c360_kernel.conditions.sqlite import Bind
from c360_kernel.conditions.tree import AnyOf, ValueCondition, ValueTest
from c360_kernel.record import TraitValue

from c360_profile.store.sqlite.counting import who_has
from c360_profile.store.sqlite.golden import Cell, cell, items_of
from c360_profile.store.sqlite.ranges import containing, range_of

_AT_ONCE = 200


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


def _of_number(test: ValueTest, tallied: Tallied, bind: Bind) -> Candidates | None:
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
    return Candidates(containing("customer", "golden", trait, wanted, bind))
