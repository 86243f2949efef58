"""Walks along the index of golden values, in the order of a list.

Along the first trait of the order chunk by chunk, each of whole values, so that who is equal in it
is sorted and nobody waits for many of those. A value that more customers have than a chunk holds is
a list of its own, in the further orders. So are those who lack the trait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from c360_kernel.conditions.tree import ValueTest

from c360_profile.domain.customer import Customer
from c360_profile.store.sqlite.golden import Cell
from c360_profile.store.sqlite.parts import Narrowed, Part, least_of, part_of_value
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS
from c360_profile.store.sqlite.sections import Section, value_at
from c360_profile.store.sqlite.steps import Steps
from c360_profile.store.sqlite.view import View

_AND_CUSTOMER = "g CROSS JOIN customer ON id = g.customer"
Inside: TypeAlias = Callable[[Narrowed, Part, Section, int], list[Customer]]
"""A page of a section of those who meet a further part as well."""


class Walk:
    """Finds the customers of a section one after the other, backwards if from its end.

    A chunk has fewer than `most` entries. Of a value that the condition names fewer than `equals`
    are sorted: whoever is asked for may all have it.
    """

    def __init__(
        self, view: View, asked: Narrowed, from_end: bool, equals: int, most: int, inside: Inside
    ) -> None:
        self._view = view
        self._asked = asked
        self._from_end = from_end
        self._equals = equals
        self._most = most
        self._inside = inside
        self._onward = "DESC" if from_end else "ASC"

    def page(self, section: Section, limit: int) -> list[Customer]:
        """The first (or last) customers of a section."""
        if not section.orders:
            return self._by_id(section, limit)
        found: list[Customer] = []
        for has in (False, True) if self._from_end else (True, False):
            if len(found) < limit:
                some = self._having if has else self._lacking
                found += some(section, limit - len(found))
        return found

    def _lacking(self, section: Section, limit: int) -> list[Customer]:
        trait, before = section.first.trait, section.before
        is_past = before is not None and value_at(before) is not None
        if is_past or any(_needs(part, trait) for part in self._asked.parts):
            return []
        lacks = Part(ValueTest(trait, "missing"), None)
        return self._inside(self._asked, lacks, section.having(None), limit)

    def _having(self, section: Section, limit: int) -> list[Customer]:
        is_up = section.first.descending == self._from_end
        steps = Steps(self._view, self._asked.parts, section, is_up)
        is_past = section.after is not None and value_at(section.after) is None
        if is_past or (ends := steps.ends()) is None:
            return []
        named = steps.named()
        if named is None:
            return self._chunks(section, steps, ends, limit)
        found: list[Customer] = []
        for value in named:
            if len(found) < limit and steps.between(value, ends):
                found += self._of_value(section, steps, value, limit - len(found))
        return found

    def _chunks(
        self, section: Section, steps: Steps, ends: tuple[Cell, Cell], limit: int
    ) -> list[Customer]:
        at, last = ends
        found: list[Customer] = []
        before, until = self._chunk(section, "<"), self._chunk(section, "<=")
        following: Cell | None = at
        while following is not None and len(found) < limit:
            at, left = following, limit - len(found)
            ahead = steps.ahead(at, last, self._most - 1)
            if ahead == at or self._is_place(section, at):
                found += self._equal(section, at, left)
                following = steps.next(at, last)
            elif ahead is None:
                return found + self._view.customers(until, left, at=at, until=last)
            else:
                found += self._view.customers(before, left, at=at, until=ahead)
                following = ahead
        return found

    def _is_place(self, section: Section, value: Cell) -> bool:
        """Whether of those with a value only some are left, by id: they are looked for by it."""
        places = [one for one in (section.after, section.before) if one is not None]
        return len(section.orders) == 1 and any(value_at(one) == value for one in places)

    def _of_value(self, section: Section, steps: Steps, value: Cell, limit: int) -> list[Customer]:
        is_large = steps.ahead(value, value, self._equals - 1) is not None
        if is_large or len(section.orders) == 1:
            return self._equal(section, value, limit)
        chunk = self._chunk(section, "<=")
        return self._view.customers(chunk, limit, at=value, until=value)

    def _chunk(self, section: Section, end: str) -> str:
        """Those from the value `at` until the value `until`, in the order of the list."""
        select, first = self._view.select, section.first
        is_up = first.descending == self._from_end
        begin, end = (">=", end) if is_up else ("<=", end.replace("<", ">"))
        passing = [
            f"g.trait = {select.bind(first.trait)}",
            f"g.value {begin} :at AND g.value {end} :until",
            *self._asked.passing(select, "g.customer"),
            select.after(section.orders, section.after),
            select.before(section.orders, section.before),
        ]
        rest = select.sorting(section.orders[1:], self._from_end)
        rest = rest.removeprefix("ORDER BY ").removesuffix(f"id {self._onward}")
        return (
            f"SELECT {CUSTOMER_COLUMNS} FROM golden {_AND_CUSTOMER} WHERE {' AND '.join(passing)}"
            f" ORDER BY g.value {'ASC' if is_up else 'DESC'}, {rest}g.customer {self._onward}"
        )

    def _equal(self, section: Section, value: Cell, limit: int) -> list[Customer]:
        """Those who have one value, in the further orders."""
        part = part_of_value(self._view.select, section.first.trait, value)
        return self._inside(self._asked, part, section.having(value), limit)

    def _by_id(self, section: Section, limit: int) -> list[Customer]:
        select = self._view.select
        along = self._shortest()
        rows, id_ = self._rows(along)
        passing = [
            *([f"{id_} > {select.bind(section.after.id)}"] if section.after else []),
            *([f"{id_} < {select.bind(section.before.id)}"] if section.before else []),
            *self._asked.passing(select, id_, along),
        ]
        return self._view.customers(
            f"SELECT {CUSTOMER_COLUMNS} FROM {rows} AND {' AND '.join(passing)}"
            f" ORDER BY {id_} {self._onward}",
            limit,
        )

    def _shortest(self) -> Part | None:
        """The value that the fewest have; None if fewer are chosen, or there is none."""
        values = [part for part in self._asked.left if part.is_value]
        least = least_of(values) if values else None
        is_longer = least is not None and self._asked.table and least.size > self._asked.number
        return None if is_longer else least

    def _rows(self, along: Part | None) -> tuple[str, str]:
        """What a walk by id goes along, and the id there: of one value, of the chosen, of all."""
        if along is not None and along.found is not None:
            bind, (_, trait, value, *_) = self._view.select.bind, along.found
            these = f"g.trait = {bind(trait)} AND g.value = {bind(value)}"
            return f"golden {_AND_CUSTOMER} WHERE {these}", "g.customer"
        if self._asked.table:
            return f"{self._asked.table} {_AND_CUSTOMER} WHERE 1", "g.customer"
        if any(part.is_told for part in self._asked.left):
            return f"(SELECT id AS customer FROM customer) {_AND_CUSTOMER} WHERE 1", "g.customer"
        return "customer WHERE 1", "customer.id"


def _needs(part: Part, trait: str) -> bool:
    """Whether nobody who lacks a trait meets a condition."""
    test = part.condition
    return isinstance(test, ValueTest) and test.name == trait and not test.holds({})
