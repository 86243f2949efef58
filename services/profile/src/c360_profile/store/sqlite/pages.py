"""A page of customers, in whichever of three ways it takes the least.

How many customers a part of the condition leaves is counted on the index of golden values, up to a
bound. Where some part leaves few, those few are read and sorted. Where parts leave some thousands,
their ids are put together in a table of the connection's own, from the index alone: either they are
few then, or the list is walked in its order past whoever is not among them, which reads no
customer. Where every part leaves very many, the list is walked and whom it comes to is looked at:
a page is found soon then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from c360_kernel.conditions.tree import ValueTest
from c360_kernel.sqlite import one_view

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.store.sqlite.parts import Narrowed, Part, least_of, measured, parts_of
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS
from c360_profile.store.sqlite.sections import Section
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.view import View
from c360_profile.store.sqlite.walks import Walk

_TABLE = "CREATE TEMP TABLE IF NOT EXISTS {}(customer TEXT PRIMARY KEY) WITHOUT ROWID"
_FURTHER = 30
"""So many times as many ids as customers that are sorted are put together."""
_SLOWLY = 3
"""So many times as many, of what is counted and not kept."""
_READ_AS = 5
"""Of a part that leaves more than so many times the least one nothing is put together."""
_CHUNK = 2
"""So many times as many entries of the index are walked past at a time."""
_STEPS = 10
"""So many steps of a walk along the index take as long as one customer that is read."""
_SAMPLE = 100


def page_of(
    connection: sqlite3.Connection, query: CustomerQuery, limit: int, few: int
) -> list[Customer]:
    """The first (or last) live customers that a query asks for, in its order."""
    query = _without_repeats(query)
    tables = [f"chosen{depth}" for depth in range(len(query.orders) + 1)]
    for table in tables:
        connection.execute(_TABLE.format(table))
    # What is chosen is gone with the view.
    with one_view(connection):
        view = View(connection)
        parts = measured(view, parts_of(view.select, query.condition), max(few, 0))
        section = Section(query.orders, query.after, query.before)
        pages = _Pages(view, query.from_end, few, tables)
        found = pages.page(Narrowed(tuple(parts)), section, limit)
    return found[::-1] if query.from_end else found


class _Pages:
    def __init__(self, view: View, from_end: bool, few: int, tables: Sequence[str]) -> None:
        self._view = view
        self._from_end = from_end
        self._few = few
        self._tables = tables

    def page(self, asked: Narrowed, section: Section, limit: int) -> list[Customer]:
        """A page of a section; from the end on, if it is cut there."""
        if any(part.size == 0 for part in asked.parts):
            return []
        known = [part for part in asked.left if part.found is not None]
        if known and (least := least_of(known)).size <= self._few:
            return self._view.customers(self._sorted(asked, least, section), limit)
        if narrowing := self._narrowing(known, section):
            number, asked = self._choose(asked, narrowing, section)
            if number <= self._few or self._is_sorted_sooner(asked, section, limit, number):
                return self._view.customers(self._chosen(asked, section), limit)
        chunk = max(self._few * _CHUNK, 2)
        walk = Walk(self._view, asked, self._from_end, chunk, self._inside)
        return walk.page(section, limit)

    def _inside(
        self, asked: Narrowed, further: Part, section: Section, limit: int
    ) -> list[Customer]:
        """A page of those who meet a further part as well."""
        (part,) = measured(self._view, [further], max(self._few, 0))
        return self.page(asked._replace(parts=(*asked.parts, part)), section, limit)

    def _sorted(self, asked: Narrowed, few: Part, section: Section) -> str:
        """Those of one part, read and sorted."""
        select, found = self._view.select, few.found.sql if few.found else ""
        passing = [*asked.passing(select, "customer.id", few), *_between(select, section)]
        return (
            f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE id IN ({found})"
            f" AND {' AND '.join(passing)} {select.sorting(section.orders, self._from_end)}"
        )

    def _chosen(self, asked: Narrowed, section: Section) -> str:
        """Those who were put together last, read and sorted."""
        select, table = self._view.select, asked.tables[-1]
        rest = asked._replace(tables=())
        passing = [*rest.passing(select, "s.customer"), *_between(select, section)]
        return (
            f"SELECT {CUSTOMER_COLUMNS} FROM {table} s CROSS JOIN customer ON id = s.customer"
            f" WHERE {' AND '.join(passing)} {select.sorting(section.orders, self._from_end)}"
        )

    def _narrowing(self, known: Sequence[Part], section: Section) -> Sequence[Part]:
        """The parts that leave no more than may be put together, the least first."""
        # A walk begins and ends where the tests of its own trait say, and by id it goes along those
        # who have one value.
        trait = section.first.trait if section.orders else None
        if all(part.is_value if trait is None else _is_along(part, trait) for part in known):
            return []
        most = self._few * _FURTHER
        counted = measured(self._view, known, most)
        slow = self._few * _SLOWLY
        fitting = [one for one in counted if one.size <= (slow if one.is_slow else most)]
        fitting.sort(key=lambda part: part.size)
        # To read a customer takes as long as to put together some ids more.
        return [one for one in fitting if one.size <= _READ_AS * fitting[0].size]

    def _choose(
        self, asked: Narrowed, narrowing: Sequence[Part], section: Section
    ) -> tuple[int, Narrowed]:
        """Put the ids of those who meet all of these together; how many there are."""
        table = self._tables[len(section.orders)]
        first, *others = [part.found.sql for part in narrowing if part.found is not None]
        among = [f"SELECT customer FROM ({one})" for one in others]
        among += [f"SELECT customer FROM {one}" for one in asked.tables]
        # The plus keeps the others from being looked up one by one.
        met = "".join(f" AND +c.customer IN ({one})" for one in among)
        self._view.written(f"DELETE FROM {table}")
        number = self._view.written(
            f"INSERT OR IGNORE INTO {table} SELECT c.customer FROM ({first}) c WHERE 1{met}"
        )
        conditions = [(part.condition, part.found) for part in narrowing]
        told = [one for one in asked.parts if (one.condition, one.found) in conditions]
        # What is in the tables of before is in this one.
        return number, Narrowed(asked.parts, (*asked.told, *told), (table,))

    def _is_sorted_sooner(self, asked: Narrowed, section: Section, limit: int, number: int) -> bool:
        """Whether reading and sorting those who are chosen takes less than a walk."""
        if not section.orders:
            return False
        expected = number * self._share(asked)
        walked = min(limit * self._view.tally() / expected, self._view.tally(section.first.trait))
        return walked >= number * _STEPS

    def _share(self, asked: Narrowed) -> float:
        """How many of the chosen ones meet the rest, as some of them do; never none."""
        if not asked.left:
            return 1.0
        passing = asked._replace(tables=()).passing(self._view.select, "s.customer")
        ((passed,),) = self._view.rows(
            f"SELECT count(*) FROM (SELECT customer FROM {asked.tables[-1]} LIMIT {_SAMPLE}) s"
            f" CROSS JOIN customer ON id = s.customer WHERE {' AND '.join(passing)}"
        )
        return (passed + 1) / (_SAMPLE + 1)


def _is_along(part: Part, trait: str) -> bool:
    test = part.condition
    return isinstance(test, ValueTest) and test.name == trait and test.operator != "contains"


def _between(select: Selection, section: Section) -> list[str]:
    """A condition on those between the places of a section."""
    return [
        select.after(section.orders, section.after),
        select.before(section.orders, section.before),
    ]


def _without_repeats(query: CustomerQuery) -> CustomerQuery:
    """Where customers are equal in a trait, they are in no further order by it."""
    traits = [one.trait for one in query.orders]
    kept = [n for n, trait in enumerate(traits) if trait not in traits[:n]]
    if len(kept) == len(traits):
        return query
    after, before = _only(query.after, kept), _only(query.before, kept)
    orders = tuple([query.orders[n] for n in kept])
    return replace(query, orders=orders, after=after, before=before)


def _only(place: Place | None, kept: Sequence[int]) -> Place | None:
    return None if place is None else Place(tuple([place.values[n] for n in kept]), place.id)
