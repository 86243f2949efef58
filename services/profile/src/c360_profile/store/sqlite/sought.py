"""What customers are searched by: a full-text index without its texts (SQLite FTS5).

Its documents are numbers of keys, at the places in which customers are found. Two customers at one
place share a document, so whoever is found is looked at again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.search.search import (
    Found,
    FoundPlace,
    Search,
    Texts,
    numbers_of,
    place_of_id,
)
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS, read_customer
from c360_profile.store.sqlite.selection import Selection

SOUGHT_SCHEMA = """
CREATE TABLE IF NOT EXISTS sought(place INTEGER PRIMARY KEY, people TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
  numbers, content='', detail=none, columnsize=0, tokenize=ascii);
"""
_AT = "SELECT place, people FROM sought WHERE place IN (SELECT value FROM json_each(?))"
_PUT = "INSERT INTO sought VALUES (?,?) ON CONFLICT DO UPDATE SET people=excluded.people"
_TAKE = "DELETE FROM sought WHERE place=?"
_PUT_WORDS = "INSERT INTO words(rowid, numbers) VALUES (?,?)"
_TAKE_WORDS = "INSERT INTO words(words, rowid, numbers) VALUES ('delete',?,?)"
_COLUMNS = ", ".join(f"customer.{name}" for name in CUSTOMER_COLUMNS.replace(",", " ").split())
_SHARED = "shared"
_HEX = "%x"

People = Mapping[str, Texts]


class _Change(NamedTuple):
    place: int
    before: People
    after: People


class SoughtIndex:
    """Keeps the index up with what a transaction says of customers."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def replace(self, texts: Mapping[str, Texts]) -> None:
        """Put these texts of customers in the place of those that they had."""
        changes = [one for one in self._changes(texts) if one.before != one.after]
        before = [(one.place, _document(one.before)) for one in changes if one.before]
        after = [(one.place, _document(one.after)) for one in changes if one.after]
        self._connection.executemany(_TAKE_WORDS, before)
        self._connection.executemany(_PUT_WORDS, after)
        kept = [(one.place, orjson.dumps(one.after).decode()) for one in changes if one.after]
        self._connection.executemany(_PUT, kept)
        self._connection.executemany(_TAKE, [(one.place,) for one in changes if not one.after])

    def _changes(self, texts: Mapping[str, Texts]) -> list[_Change]:
        by_place: dict[int, dict[str, Texts]] = {}
        for id_, held in texts.items():
            by_place.setdefault(place_of_id(id_), {})[id_] = held
        found = self._connection.execute(_AT, [orjson.dumps(list(by_place)).decode()])
        before: dict[int, People] = {place: orjson.loads(people) for place, people in found}
        return [
            _Change(place, before.get(place, {}), _people(before.get(place, {}), by_place[place]))
            # In their order documents are gathered and written at once.
            for place in sorted(by_place)
        ]


class Searching:
    """Searches, from the file itself."""

    def __init__(self, scans: SqliteReaders) -> None:
        self._scans = scans

    async def found(self, search: Search, limit: int) -> Sequence[Found]:
        """A page of customers whose names or addresses are like the text."""
        found: list[Found] = []
        after = search.after
        for closeness in (0, 1):
            if after is None or after.closeness <= closeness:
                start = after if after is not None and after.closeness == closeness else None
                found += await self._alike(search, closeness, start, limit - len(found))
        return found

    async def _alike(
        self, search: Search, closeness: int, after: FoundPlace | None, limit: int
    ) -> list[Found]:
        found: list[Found] = []
        expression = _expression(search, closeness)
        while limit > len(found) and expression:
            select = Selection()
            sql = _statement(select, search, expression, after, limit)
            rows = await self._scans.rows(sql, select.parameters)
            people = [read_customer(row) for row in rows]
            found += [Found(closeness, c) for c in people if search.closeness(c) == closeness]
            if len(rows) < limit:
                break
            after = Found(closeness, people[-1]).place
        return found[:limit]


def _statement(
    select: Selection, search: Search, expression: str, after: FoundPlace | None, limit: int
) -> str:
    passing = [f"words MATCH {select.bind(expression)}"]
    if after is not None:
        place = select.bind(after.place)
        passing.append(f"words.rowid >= {place}")
        passing.append(f"(words.rowid > {place} OR customer.id > {select.bind(after.id)})")
    # Those of one place come as they stand there, by id.
    return (
        f"SELECT {_COLUMNS} FROM words CROSS JOIN sought ON sought.place = words.rowid"
        " CROSS JOIN json_each(sought.people) person CROSS JOIN customer"
        f" ON customer.id = person.key WHERE {' AND '.join(passing)}"
        f" AND {select.where(search.condition)} ORDER BY words.rowid LIMIT {select.bind(limit)}"
    )


def _expression(search: Search, closeness: int) -> str:
    if not search.traits:
        return ""
    exact = _all_of(search.ways(forgiving=False))
    if not closeness:
        return exact
    # Of those who share a document one may be found exactly and another one not.
    forgiven = _all_of(search.ways(forgiving=True))
    return f'(({forgiven}) NOT ({exact})) OR (({forgiven}) AND "{_SHARED}")'


def _all_of(words: Iterable[Sequence[frozenset[int]]]) -> str:
    return " AND ".join(f"({' OR '.join(map(_way, ways))})" for ways in words)


def _way(numbers: frozenset[int]) -> str:
    return f"({' AND '.join(_term(one) for one in sorted(numbers))})"


def _term(number: int) -> str:
    return f'"{_HEX}"' % number


def _document(people: People) -> str:
    numbers = frozenset[int]().union(*map(numbers_of, people.values()))
    words = [_HEX] * len(numbers)
    text = " ".join([*words, _SHARED] if len(people) > 1 else words)
    # A customer is found by some seventy numbers: all are written in one step.
    return text % tuple(sorted(numbers))


def _people(before: People, now: People) -> People:
    held = {**before, **now}
    return {id_: held[id_] for id_ in sorted(held) if held[id_]}
