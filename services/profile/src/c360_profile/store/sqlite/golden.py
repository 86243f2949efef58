"""Golden values in order: an index of every trait of every live customer, kept with the customer.

One table serves every trait of every catalog. Numbers come before texts and those before yes or
no; a list stands there as one mark, and its items under a name of their own. How many customers
have a trait is kept beside it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

import orjson
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_reading import from_rows
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
_TRAIT = itemgetter(0)
_PUT = "INSERT OR IGNORE INTO golden"
_TAKE = "DELETE FROM golden WHERE trait=? AND value=? AND customer=?"
_COUNT = "INSERT INTO tally VALUES (?,?) ON CONFLICT DO UPDATE SET number=number+excluded.number"
_BEFORE = "SELECT id, ended, traits FROM customer WHERE id IN (SELECT value FROM json_each(?))"

Cell = str | int | float | bytes
Cells = Mapping[str, Any]
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

    @from_rows
    def before(self, ids: Iterable[str]) -> Mapping[str, Cells]:
        """The values of those of these customers that are live, as the index holds them."""
        found = self._connection.execute(_BEFORE, [orjson.dumps(list(ids)).decode()])
        return {id_: orjson.loads(traits) for id_, ended, traits in found if not ended}

    def replace(self, before: Mapping[str, Cells], after: Iterable[Customer]) -> None:
        """Put the values of saved customers in the place of those that they had."""
        put: list[tuple[Any, ...]] = []
        taken: list[tuple[Any, ...]] = []
        counts: Counter[str] = Counter()
        for customer in after:
            old = set(_rows(before.get(customer.id)))
            new = set(_rows(None if customer.ended else customer.traits))
            taken += [(trait, value, customer.id) for trait, value in old - new]
            put += [(trait, value, customer.id) for trait, value in new - old]
            counts[EVERYBODY_LIVE] += (not customer.ended) - (customer.id in before)
        counts.update(map(_TRAIT, put))
        counts.subtract(map(_TRAIT, taken))
        # What is near to each other in the index is written together.
        self._connection.executemany(_TAKE, sorted(taken, key=_TRAIT))
        insert_rows(self._connection, _PUT, sorted(put, key=_TRAIT))
        self._connection.executemany(_COUNT, [(name, n) for name, n in counts.items() if n])


def _rows(values: Cells | None) -> Iterator[Row]:
    for trait, value in (values or {}).items():
        if type(value) is str:
            yield trait, value
        elif isinstance(value, list | tuple):
            yield trait, LISTED
            yield from ((items_of(trait), item) for item in set(value))
        elif value is not None and value == value:  # noqa: PLR0124 - JSON has no NaN
            yield trait, cell(value)
