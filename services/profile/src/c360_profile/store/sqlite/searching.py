"""Searches of customers along the full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from c360_kernel.sqlite import one_view
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.customer import Customer
from c360_profile.domain.search.search import Found, FoundPlace, Search
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS
from c360_profile.store.sqlite.terms import Terms
from c360_profile.store.sqlite.view import View

ENOUGH = 64
"""So many customers are looked at in the time that it takes to ask for a common word."""
_COLUMNS = ", ".join(f"customer.{name}" for name in CUSTOMER_COLUMNS.replace(",", " ").split())


class Searching:
    """Searches, from the file itself."""

    def __init__(self, scans: SqliteReaders) -> None:
        self._scans = scans

    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        """A page of customers whose names or addresses are like the text."""
        return await self._scans.read(lambda connection: found_by(connection, search, limit))


def found_by(connection: sqlite3.Connection, search: Search, limit: int) -> list[Found]:
    """A page of customers, those with every word as it stands before the others."""
    found: list[Found] = []
    after = search.after
    with one_view(connection):
        for closeness in (0, 1) if search.traits else ():
            if len(found) < limit and (after is None or after.closeness <= closeness):
                start = after if after is not None and after.closeness == closeness else None
                found += _alike(connection, search, closeness, start, limit - len(found))
    return found


def _alike(
    connection: sqlite3.Connection,
    search: Search,
    closeness: int,
    after: FoundPlace | None,
    limit: int,
) -> list[Found]:
    terms = Terms(View(connection), search, closeness)
    few = terms.few(ENOUGH)
    expression, batch = (terms.all(), limit) if few is None else (few, max(limit, ENOUGH))
    found: list[Found] = []
    while len(found) < limit:
        people = _people(View(connection), search, expression, after, batch)
        found += [Found(closeness, c) for c in people if search.closeness(c) == closeness]
        if len(people) < batch:
            break
        after = Found(closeness, people[-1]).place
        # Rare words may leave more together than they seem to.
        expression = terms.all()
    return found[:limit]


def _people(
    view: View, search: Search, expression: str, after: FoundPlace | None, limit: int
) -> list[Customer]:
    select = view.select
    passing = [f"words MATCH {select.bind(expression)}"]
    if after is not None:
        place = select.bind(after.place)
        passing.append(f"words.rowid >= {place}")
        passing.append(f"(words.rowid > {place} OR customer.id > {select.bind(after.id)})")
    # Those of one place come as they stand there, by id.
    return view.customers(
        f"SELECT {_COLUMNS} FROM words CROSS JOIN sought ON sought.place = words.rowid"
        " CROSS JOIN json_each(sought.people) person CROSS JOIN customer"
        f" ON customer.id = person.key WHERE {' AND '.join(passing)}"
        f" AND {select.where(search.condition)} ORDER BY words.rowid",
        limit,
    )
