"""Pages and counts of customers, read along whichever index has the least to pass over."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from c360_kernel.conditions.tree import All, ValueCondition
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery
from c360_profile.store.sqlite.pages import page_of
from c360_profile.store.sqlite.parts import Part, measured, parts_of
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.view import View

FEW = 1_000
"""So many customers are read and sorted in a fraction of the time that an answer may take."""


class Listing:
    """Answers questions about many customers."""

    def __init__(self, scans: SqliteReaders, few: int = FEW) -> None:
        self._scans = scans
        self._few = few

    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        """A page of customers under a filter and an order."""
        return await self._scans.read(
            lambda connection: page_of(connection, query, limit, self._few)
        )

    async def count(self, condition: ValueCondition) -> int:
        """How many customers pass a filter."""
        return await self._scans.read(lambda connection: self._count(View(connection), condition))

    async def matching(self, condition: ValueCondition) -> Collection[str]:
        """Which of these customers pass a filter."""
        rows = await self._scans.read(
            lambda connection: (view := View(connection)).rows(self._ids(view, condition))
        )
        return [id_ for (id_,) in rows]

    def _count(self, view: View, condition: ValueCondition) -> int:
        if condition == All():
            return view.tally()
        return view.rows(f"SELECT count(*) FROM ({self._ids(view, condition)})")[0][0]

    def _ids(self, view: View, condition: ValueCondition) -> str:
        parts = parts_of(view.select, condition)
        if any(one.is_slow for one in parts):
            parts = _quickly_told(measured(view, parts, self._few), self._few)
        return _ids(view.select, condition, parts)


def _ids(select: Selection, condition: ValueCondition, parts: Sequence[Part]) -> str:
    """Those who meet a condition, each once, from the index as far as it is asked for `parts`."""
    told = [one.found for one in parts if one.found is not None]
    untold = [one.condition for one in parts if one.found is None]
    both = " INTERSECT ".join(f"SELECT customer FROM ({one.sql})" for one in told)
    if not told:
        return f"SELECT id FROM customer WHERE {select.where(condition)}"
    if untold:
        rest = select.where(All(tuple(untold)))
        return f"SELECT id FROM customer WHERE id IN ({both}) AND {rest}"
    is_once = len(told) > 1 or not any(one.repeats for one in told)
    return both if is_once else f"SELECT DISTINCT customer FROM ({both})"


def _quickly_told(parts: Sequence[Part], few: int) -> Sequence[Part]:
    """The parts of which nothing is left that takes longer to make than to look at customers for.

    Many events are counted only where nothing else says who is looked at.
    """
    slow = [one for one in parts if one.is_slow]
    kept = [one for one in parts if one not in slow and one.found is not None]
    if not kept:
        return parts
    return [one._replace(found=None) if one in slow and one.size > few else one for one in parts]
