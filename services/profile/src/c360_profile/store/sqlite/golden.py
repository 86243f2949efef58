"""Golden values in order: an index of all that is known of every live customer, kept with it.

One table serves every trait of every catalog, and facts under names that no trait can have.
Numbers come before texts and those before yes or no; a list stands there as one mark, and its
items under a name of their own. How many customers have a trait is kept beside it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from c360_kernel.conditions.facts import SOURCES
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_rows import insert_rows

from c360_profile.domain.customer import Customer

GOLDEN_SCHEMA = """
CREATE TABLE IF NOT EXISTS golden(
  trait TEXT NOT NULL, value ANY NOT NULL, customer TEXT NOT NULL,
  PRIMARY KEY(trait, value, customer)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS tally(
  trait TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID, STRICT;
"""
EVERYBODY_LIVE = ""
"""The name under which all live customers are counted."""
# After every text, and in this order.
NO, YES, LISTED = b"\0", b"\1", b"\2"
_LARGEST = 2**63
_PUT = "INSERT OR IGNORE INTO golden"
_TAKE = "DELETE FROM golden WHERE trait=? AND value=? AND customer=?"
_COUNT = "INSERT INTO tally VALUES (?,?) ON CONFLICT DO UPDATE SET number=number+excluded.number"

Cell = str | int | float | bytes
Traits = Mapping[str, TraitValue]
Row = tuple[str, Cell]
"""A value of a trait, or an item of a list."""


def items_of(trait: str) -> str:
    """The name under which the items of a list stand; no trait has it."""
    return f"{trait}[]"


def cell(value: TraitValue) -> Cell:
    """A value as it stands in the index."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, tuple):
        return LISTED
    # JSON text gives back what is larger as a float.
    is_large = isinstance(value, int) and not -_LARGEST <= value < _LARGEST
    return float(value) if is_large else value


class GoldenIndex:
    """Keeps the index up with the customers that a transaction saves."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def replace(self, before: Mapping[str, Customer], after: Iterable[Customer]) -> None:
        """Put the values of saved customers in the place of those that they had.

        `before` are those that were there, as they were.
        """
        put, taken = _Places({}), _Places({})
        counts: Counter[str] = Counter()
        for customer in after:
            held, now = _compared(before.get(customer.id), customer)
            if held:
                changed = _unlike(held, now)
                old, new = rows_of(held, changed), rows_of(now, changed)
                taken.add(customer.id, old - new)
                put.add(customer.id, new - old)
            else:
                put.add(customer.id, rows_of(now, now))
            counts[EVERYBODY_LIVE] += _is_live(customer) - _is_live(before.get(customer.id))
        counts.update(put.counts)
        counts.subtract(taken.counts)
        self._connection.executemany(_TAKE, taken.in_order())
        insert_rows(self._connection, _PUT, put.in_order())
        self._connection.executemany(_COUNT, [(name, n) for name, n in counts.items() if n])


class _Places(NamedTuple):
    """Rows of the index by trait: what is near to each other in it is written together."""

    by_trait: dict[str, list[tuple[Cell, str]]]

    def add(self, customer: str, rows: Iterable[Row]) -> None:
        for trait, value in rows:
            self.by_trait.setdefault(trait, []).append((value, customer))

    @property
    def counts(self) -> Mapping[str, int]:
        return {trait: len(places) for trait, places in self.by_trait.items()}

    def in_order(self) -> list[tuple[str, Cell, str]]:
        return [
            (trait, *place)
            for trait in sorted(self.by_trait)
            for place in _sorted(self.by_trait[trait])
        ]


def _sorted(places: list[tuple[Cell, str]]) -> list[tuple[Cell, str]]:
    """In the order of the index; values of several types in no particular one."""
    try:
        return sorted(places)  # type: ignore[type-var]
    except TypeError:
        return places


def _is_live(customer: Customer | None) -> bool:
    return customer is not None and not customer.ended


def _compared(before: Customer | None, now: Customer) -> tuple[Traits, Traits]:
    """What the index held and holds of a customer; facts only where they may differ."""
    if before is None or before.ended or now.ended or before.tags or now.tags:
        return _values(before), _values(now)
    if before.sources != now.sources or before.consents != now.consents:
        return before.known, now.known
    return before.traits, now.traits


def _values(customer: Customer | None) -> Traits:
    """What the index holds of a customer; nothing of one that is not live."""
    return {} if customer is None or customer.ended else customer.known


def _unlike(before: Traits, now: Traits) -> list[str]:
    """The names of the values that are not as before: mostly few of a customer's."""
    get = before.get
    changed = [
        trait
        for trait, value in now.items()
        # Equal values of two types stand apart.
        if value != (other := get(trait)) or type(value) is not type(other)
    ]
    return [*changed, *(before.keys() - now.keys())]


def rows_of(values: Traits, names: Iterable[str]) -> set[Row]:
    """What the index holds of those of these values that have one of these names."""
    held = ((name, values[name]) for name in names if name in values)
    return {row for one in held for row in _rows(*one)}


def _rows(trait: str, value: TraitValue) -> Iterator[Row]:
    if type(value) is str:
        yield trait, value
    elif isinstance(value, tuple):
        # Everybody has sources: that somebody does is not looked up.
        if trait != SOURCES:
            yield trait, LISTED
        yield from ((items_of(trait), item) for item in set(value))
    elif value == value:  # noqa: PLR0124 - JSON has no NaN
        yield trait, cell(value)
