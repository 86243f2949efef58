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
from collections.abc import Iterator, Sequence
from dataclasses import replace

from c360_kernel.conditions.facts import tallied_by
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.sqlite import one_view

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.store.sqlite.counting import records_seen, who_has_some_of
from c360_profile.store.sqlite.parts import Narrowed, Part, least_of, measured, parts_of
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS
from c360_profile.store.sqlite.sections import Section
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.view import View
from c360_profile.store.sqlite.walks import Walk

_CHOSEN, _AGAIN, _SOME = "chosen{}", "chosen_again{}", "chosen_seen{}"
_TABLE = "CREATE TEMP TABLE IF NOT EXISTS {}(customer TEXT PRIMARY KEY) WITHOUT ROWID"
_SEEN = "seen_records"
_SEEN_TABLE = f"CREATE TEMP TABLE IF NOT EXISTS {_SEEN}(record TEXT PRIMARY KEY) WITHOUT ROWID"
_FURTHER = 30
"""So many times as many ids as customers that are sorted are put together."""
_SLOWLY = 3
"""So many times as many, of what is counted and not kept."""
_ASKED = 4
"""To ask the index of golden values of a customer takes as long as so many entries that are walked
past,"""
_ASKED_OF_EVENTS = 15
"""to ask that of its records and the one of what is counted as long as so many,"""
_READ_AS = 5
"""Of a part that leaves more than so many times the least one nothing is put together."""
_CHUNK = 2
"""So many times as many entries of the index are walked past at a time."""
_READ = 25
"""to read it as long as so many,"""
_READ_AND_COUNTED = 75
"""and as so many where what its records carry is counted."""
_LARGEST_CHUNK = 10
"""So many times larger is a chunk where few of it are read."""
_PUT_TOGETHER = 1
"""to put a record together with others as long as so many,"""
_COMPARED = 6
"""and to compare the records of a customer with those as long as so many."""
_UNSURE = 1.5
"""A walk may have to go on by as much more than is to be expected."""
_SAMPLE = 250
_AS_GOOD_AS = 500
"""What parts leave of all is held to be true of the chosen ones as so many of those would show."""
_SEVERAL = 2
_LEAST_CHUNK = 2


def page_of(
    connection: sqlite3.Connection, query: CustomerQuery, limit: int, few: int
) -> list[Customer]:
    """The first (or last) live customers that a query asks for, in its order."""
    query = _without_repeats(query)
    for table in _tables(len(query.orders)):
        connection.execute(_TABLE.format(table))
    connection.execute(_SEEN_TABLE)
    # What is chosen is gone with the view.
    with one_view(connection):
        view = View(connection)
        parts = measured(view, parts_of(view.select, query.condition), max(few, 0))
        section = Section(query.orders, query.after, query.before)
        pages = _Pages(view, query.from_end, few)
        found = pages.page(Narrowed(tuple(parts)), section, limit)
    return found[::-1] if query.from_end else found


class _Pages:
    def __init__(self, view: View, from_end: bool, few: int) -> None:
        self._view = view
        self._from_end = from_end
        self._few = few

    def page(self, asked: Narrowed, section: Section, limit: int) -> list[Customer]:
        """A page of a section; from the end on, if it is cut there."""
        if any(part.size == 0 for part in asked.parts):
            return []
        known = [part for part in asked.left if part.found is not None]
        if known and (least := least_of(known)).size <= self._few:
            return self._view.customers(self._sorted(asked, least, section), limit)
        asked = self._counted(asked, section, limit)
        if narrowing := self._narrowing(asked, section, limit):
            asked = self._choose(asked, narrowing, _CHOSEN.format(len(section.orders)))
        if asked.table and section.orders and asked.number > self._few:
            # As many are left whatever else the chosen ones are narrowed by.
            left = asked.number * self._share(asked)
            asked = self._further(asked, section, limit, left)
            if (some := self._seen(asked, section, limit, left)) is not None:
                return self.page(some, section, limit)
            if self._is_sorted_sooner(asked, section, limit, left):
                return self._view.customers(self._chosen(asked, section), limit)
        elif asked.table and asked.number <= self._few:
            return self._view.customers(self._chosen(asked, section), limit)
        equals = max(_LEAST_CHUNK, self._few * _CHUNK)
        chunk = max(equals, self._chunk(asked))
        walk = Walk(self._view, asked, self._from_end, equals, chunk, self._inside)
        return walk.page(section, limit)

    def _chunk(self, asked: Narrowed) -> int:
        """How many entries are walked past at a time, some of whom are read for it."""
        read_one_in = self._view.tally() // max(1, asked.number) if asked.table else 1
        return self._few * _CHUNK * min(read_one_in, _LARGEST_CHUNK)

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
        select, table = self._view.select, asked.table
        rest = asked._replace(table=None)
        passing = [*rest.passing(select, "s.customer"), *_between(select, section)]
        return (
            f"SELECT {CUSTOMER_COLUMNS} FROM {table} s CROSS JOIN customer ON id = s.customer"
            f" WHERE {' AND '.join(passing)} {select.sorting(section.orders, self._from_end)}"
        )

    def _counted(self, asked: Narrowed, section: Section, limit: int) -> Narrowed:
        """Parts that are not few counted further, where it matters which of them leaves fewer."""
        known = [part for part in asked.left if part.found is not None]
        trait = section.first.trait if section.orders else None
        # A walk begins and ends where the tests of its own trait say, and by id it goes along those
        # who have one value.
        if len(known) < _SEVERAL and not asked.table and all(_is_own(one, trait) for one in known):
            return asked
        uncounted = [part for part in known if part.size == self._few + 1]
        # What nothing is put together of is not counted any further.
        briefly = [part for part in uncounted if part.is_slow and self._records(part) is None]
        fully = [part for part in uncounted if part not in briefly]
        asked = self._recounted(asked, fully, self._few * _FURTHER)
        return self._recounted(asked, briefly, self._slow(limit))

    def _recounted(self, asked: Narrowed, some: Sequence[Part], most: int) -> Narrowed:
        many = self._few * _FURTHER + 1
        counted = iter(
            one._replace(size=max(one.size, many)) if one.size > most else one
            for one in measured(self._view, some, most)
        )
        parts = [next(counted) if part in some else part for part in asked.parts]
        return asked._replace(parts=tuple(parts))

    def _narrowing(self, asked: Narrowed, section: Section, limit: int) -> Sequence[Part]:
        """The parts that leave no more than may be put together, the least first."""
        trait = section.first.trait if section.orders else None
        known = [part for part in asked.left if part.found is not None]
        if all(_is_own(part, trait) for part in known):
            return []
        most, slow = self._few * _FURTHER, self._slow(limit)
        fitting = [one for one in known if one.size <= (slow if one.is_slow else most)]
        fitting.sort(key=lambda part: part.size)
        # To read a customer takes as long as to put together some ids more.
        return [one for one in fitting if one.size <= _READ_AS * fitting[0].size]

    def _slow(self, limit: int) -> int:
        """So many ids of what is counted and not kept are put together at most."""
        # Whom a walk asks before a page is full takes as long as to make so many from events.
        asked = int((limit * self._view.tally()) ** 0.5)
        return min(self._few * _FURTHER, max(self._few * _SLOWLY, asked))

    def _further(self, asked: Narrowed, section: Section, limit: int, left: float) -> Narrowed:
        """The chosen ones among those of a range, where a walk to the page's end is much longer."""
        ranges = [
            part
            for part in asked.left
            if _is_range(part) and not _is_own(part, section.first.trait)
        ]
        most = int(min(asked.number * _READ, self._passed(limit, left)))
        if not ranges or most < self._few * _FURTHER:
            return asked
        asked = self._recounted(asked, ranges, most)
        fitting = [part for part in asked.left if _is_range(part) and part.size <= most]
        fitting = [part for part in fitting if not _is_own(part, section.first.trait)]
        if not fitting:
            return asked
        return self._choose(asked, [least_of(fitting)], _AGAIN.format(len(section.orders)))

    def _seen(self, asked: Narrowed, section: Section, limit: int, left: float) -> Narrowed | None:
        """The chosen ones to whom happened what a part asks for; None where it takes less to ask
        whom a walk comes to.
        """
        walked, sorted_ = self._costs(asked, section, limit, left)
        table, most = _SOME.format(len(section.orders)), min(walked * _UNSURE, sorted_)
        for part in asked.left if asked.table != table else ():
            records = self._records(part)
            told = part.size * _PUT_TOGETHER + asked.number * _COMPARED + left * _READ
            if records is not None and told < most:
                self._view.written(f"DELETE FROM {_SEEN}")
                self._view.written(f"INSERT OR IGNORE INTO {_SEEN} {records}")
                self._view.written(f"DELETE FROM {table}")
                some = who_has_some_of(_SEEN, str(asked.table))
                number = self._view.written(f"INSERT OR IGNORE INTO {table} {some}")
                return Narrowed(asked.parts, (*asked.told, part), table, number)
        return None

    def _records(self, part: Part) -> str | None:
        """The records on which what a part asks for happened, where those are not too many."""
        test = part.condition
        tallied = tallied_by(test.name) if isinstance(test, ValueTest) else None
        if tallied is None or part.size > self._few * _FURTHER or not isinstance(test, ValueTest):
            return None
        return records_seen(test, tallied, self._view.select.bind)

    def _passed(self, limit: int, left: float) -> float:
        """About how many entries a walk passes for a page, if so many customers meet all."""
        return limit * self._view.tally() / left

    def _choose(self, asked: Narrowed, narrowing: Sequence[Part], table: str) -> Narrowed:
        """Put the ids of those who meet all of these together."""
        first, *others = [part.found.sql for part in narrowing if part.found is not None]
        among = [f"SELECT customer FROM ({one})" for one in others]
        among += [f"SELECT customer FROM {asked.table}"] if asked.table else []
        # The plus keeps the others from being looked up one by one.
        met = "".join(f" AND +c.customer IN ({one})" for one in among)
        self._view.written(f"DELETE FROM {table}")
        number = self._view.written(
            f"INSERT OR IGNORE INTO {table} SELECT c.customer FROM ({first}) c WHERE 1{met}"
        )
        # Those of the table of before are in this one.
        return Narrowed(asked.parts, (*asked.told, *narrowing), table, number)

    def _is_sorted_sooner(self, asked: Narrowed, section: Section, limit: int, left: float) -> bool:
        """Whether reading and sorting those who are chosen takes less than a walk."""
        if asked.number <= self._few:
            return True
        walked, sorted_ = self._costs(asked, section, limit, left)
        return walked >= sorted_

    def _costs(
        self, asked: Narrowed, section: Section, limit: int, left: float
    ) -> tuple[float, float]:
        """What a walk takes, and what reading and sorting those who are chosen does."""
        told = [part for part in asked.left if part.is_told]
        tested, read = sum(_ASKED_OF_EVENTS if one.is_counted else _ASKED for one in told), 0
        if untold := [part for part in asked.left if not part.is_told]:
            read = _READ_AND_COUNTED if any(one.is_counted for one in untold) else _READ
        passed = min(self._passed(limit, left), self._view.tally(section.first.trait))
        walked = passed + limit * asked.number / left * (tested + read) + limit * _READ
        # Whom the indexes leave is read to be sorted.
        return walked, asked.number * (tested + read) + (0 if read else left * _READ)

    def _share(self, asked: Narrowed) -> float:
        """How many of the chosen ones meet the rest, as some of them and as all do; never none."""
        if not asked.left:
            return 1.0
        passing = asked._replace(table=None).passing(self._view.select, "s.customer")
        ((passed,),) = self._view.rows(
            f"SELECT count(*) FROM (SELECT customer FROM {asked.table} LIMIT {_SAMPLE}) s"
            f" CROSS JOIN customer ON id = s.customer WHERE {' AND '.join(passing)}"
        )
        if (of_all := self._share_of_all(asked.left)) is None:
            return (passed + 1) / (_SAMPLE + 1)
        return (passed + 1 + of_all * _AS_GOOD_AS) / (_SAMPLE + 1 + _AS_GOOD_AS)

    def _share_of_all(self, parts: Sequence[Part]) -> float | None:
        """How many of all meet parts that were counted, if each were met by chance."""
        share, most = 1.0, self._few * _FURTHER
        for part in parts:
            if part.found is None or part.size > most:
                return None
            share *= part.size / max(1, self._view.tally())
        return min(1.0, share)


def _is_own(part: Part, trait: str | None) -> bool:
    """Whether a walk along a trait, or by id, goes along those who meet this part anyway."""
    test = part.condition
    if trait is None:
        return part.is_value
    return isinstance(test, ValueTest) and test.name == trait and test.operator != "contains"


def _tables(orders: int) -> Iterator[str]:
    """What ids are put together in: a section of a section has tables of its own."""
    for number in range(orders + 1):
        yield from (one.format(number) for one in (_CHOSEN, _AGAIN, _SOME))


def _is_range(part: Part) -> bool:
    return part.found is not None and not part.is_value and not part.is_slow


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
