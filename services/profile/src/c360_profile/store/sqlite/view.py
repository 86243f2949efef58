"""One state of the file, asked several statements after each other."""

from __future__ import annotations

import sqlite3

from c360_profile.domain.customer import Customer
from c360_profile.store.sqlite.golden import EVERYBODY_LIVE
from c360_profile.store.sqlite.rows import Row, read_customer
from c360_profile.store.sqlite.selection import Selection


class View:
    """Statements over one connection, which share their parameters.

    So a part of a condition is put into SQL once, for all statements that it is in.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.select = Selection()
        self._connection = connection

    def rows(self, sql: str, **further: object) -> list[Row]:
        """All rows of a query; what is given to it alone goes by names of its own."""
        parameters = {**self.select.parameters, **further}
        return self._connection.execute(sql, parameters).fetchall()

    def customers(self, sql: str, limit: int, **further: object) -> list[Customer]:
        """The first customers of a query that reads their columns."""
        found = self.rows(f"{sql} LIMIT :limit", limit=limit, **further)
        return [read_customer(row) for row in found]

    def written(self, sql: str) -> int:
        """How many rows a statement puts into a table of this connection alone."""
        return self._connection.execute(sql, self.select.parameters).rowcount

    def tally(self, trait: str = EVERYBODY_LIVE) -> int:
        """How many live customers have a trait; how many there are, if none is named."""
        found = self.rows("SELECT number FROM tally WHERE trait = :trait", trait=trait)
        return found[0][0] if found else 0
