"""Walks along the index of golden values, in the order of a query's first trait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from c360_kernel.conditions.tree import All, ValueCondition, ValueTest, conjuncts
from c360_kernel.record import TraitValue

from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.store.sqlite.candidates import range_of
from c360_profile.store.sqlite.golden import cell
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS
from c360_profile.store.sqlite.selection import Selection, bounds

Statement = tuple[Selection, str]

_JOINED = "golden g CROSS JOIN customer ON id = g.customer"


def having(query: CustomerQuery) -> Iterator[Statement]:
    """Those who have the first trait: first the equals of where the page goes on, then the rest."""
    place = query.before if query.from_end else query.after
    passed = None if place is None else place.values[0]
    if place is None or (passed is None and query.from_end):
        yield _walk(query)
    elif passed is not None:
        yield _equals(query, place)
        yield _walk(query, place)


def lacking(query: CustomerQuery) -> Statement:
    """Those who lack the first trait; they are not in the index."""
    select = Selection()
    lacks = f"{select.value(query.orders[0].trait)} IS NULL"
    return select, (
        f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE {lacks}"
        f" AND {select.where(query.condition)} AND {bounds(select, query)}"
        f" {select.sorting(query.orders[1:], query.from_end)}"
    )


def _equals(query: CustomerQuery, place: Place) -> Statement:
    select, first = Selection(), query.orders[0]
    value = select.bind(cell(cast(TraitValue, place.values[0])))
    side = "<" if query.from_end else ">"
    beyond = [f"g.customer {side} {select.bind(place.id)}"] if len(query.orders) == 1 else []
    passing = [f"g.trait = {select.bind(first.trait)}", f"g.value = {value}", *beyond]
    return select, _plain(select, query, passing, "")


def _walk(query: CustomerQuery, past: Place | None = None) -> Statement:
    """All of them, or those whose value lies past that of a place."""
    select, first = Selection(), query.orders[0]
    is_up = first.descending == query.from_end
    own, rest = _same_trait(select, query)
    passing = [f"g.trait = {select.bind(first.trait)}", *own]
    if past is not None:
        value = select.bind(cell(cast(TraitValue, past.values[0])))
        passing.append(f"g.value {'>' if is_up else '<'} {value}")
    # One way by value, the other way by id: value by value, so that none waits for all of its
    # equals to be sorted.
    if len(query.orders) == 1 and not is_up and not query.from_end:
        return select, _by_value(select, replace(query, condition=rest), passing)
    query = replace(query, condition=rest)
    return select, _plain(select, query, passing, f"g.value {'ASC' if is_up else 'DESC'}, ")


def _plain(select: Selection, query: CustomerQuery, passing: Sequence[str], sorted_by: str) -> str:
    id_ = "DESC" if query.from_end else "ASC"
    rest = select.sorting(query.orders[1:], query.from_end)
    rest = rest.removeprefix("ORDER BY ").removesuffix(f"id {id_}")
    return (
        f"SELECT {CUSTOMER_COLUMNS} FROM {_JOINED} WHERE {' AND '.join(passing)}"
        f" AND {select.where(query.condition)} AND {bounds(select, query)}"
        f" ORDER BY {sorted_by}{rest}g.customer {id_}"
    )


def _by_value(select: Selection, query: CustomerQuery, passing: Sequence[str]) -> str:
    """Downwards by value, upwards by id: the rows of a recursion come as they are made."""
    own = " AND ".join(passing)
    first = f"SELECT max(g.value) FROM golden g WHERE {own}"
    # The plus keeps each next value from being looked for anywhere but right below the last one,
    # and its customers anywhere but at the value.
    tested = own.replace("g.value", "+g.value")
    below = f"{tested} AND g.value < steps.step"
    following = f"SELECT max(g.value) FROM golden g WHERE {below}"
    return (
        f"WITH RECURSIVE steps(step) AS ({first} UNION ALL"
        f" SELECT ({following}) FROM steps WHERE steps.step IS NOT NULL)"
        f" SELECT {CUSTOMER_COLUMNS} FROM steps CROSS JOIN golden g CROSS JOIN customer"
        f" ON id = g.customer WHERE {tested} AND g.value = steps.step"
        f" AND {select.where(query.condition)} AND {bounds(select, query)}"
    )


def _same_trait(select: Selection, query: CustomerQuery) -> tuple[list[str], ValueCondition]:
    """What the condition says of the very values that are walked along, and what else it says."""
    own: list[str] = []
    rest: list[ValueCondition] = []
    for part in conjuncts(query.condition):
        passing = None
        if isinstance(part, ValueTest) and part.name == query.orders[0].trait:
            passing = range_of(part, "g.value", select.bind)
        if passing is None:
            rest.append(part)
        else:
            own.append(passing)
    return own, All(tuple(rest))
