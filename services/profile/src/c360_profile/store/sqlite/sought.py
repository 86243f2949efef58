"""What customers are searched by: a full-text index without its texts (SQLite FTS5).

Its documents are numbers of keys, at the places in which customers are found. Two customers at one
place share a document, so whoever is found is looked at again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import orjson

from c360_profile.domain.search.keys import runs_of
from c360_profile.domain.search.search import Texts, numbers_of_run, place_of_id
from c360_profile.store.sqlite.terms import HEX, SHARED

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
_RUNS = 32_768

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


def _document(people: People) -> str:
    """Each number once, in no particular order: the index keeps no places of words."""
    words = set[str]().union(
        *[
            _words(trait, run)
            for texts in people.values()
            for trait, text in texts.items()
            for run in runs_of(text)
        ]
    )
    return " ".join([*words, SHARED] if len(people) > 1 else words)


@lru_cache(_RUNS)
def _words(trait: str, run: str) -> tuple[str, ...]:
    """A customer is found by some seventy numbers, of runs that many have."""
    return tuple([HEX % number for number in numbers_of_run(trait, run)])


def _people(before: People, now: People) -> People:
    held = {**before, **now}
    return {id_: held[id_] for id_ in sorted(held) if held[id_]}
