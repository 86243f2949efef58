"""Pages and counts of customers, read along whichever index has the least to pass over."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from c360_kernel.conditions.tree import All, ValueCondition
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery
from c360_profile.store.sqlite.pages import page_of
from c360_profile.store.sqlite.parts import Part, lacking, measured, parts_of
from c360_profile.store.sqlite.probes import has_value
from c360_profile.store.sqlite.selection import Selection
from c360_profile.store.sqlite.view import View

FEW = 1_000
"""So many customers are read and sorted in a fraction of the time that an answer may take."""
_FURTHER = 30
"""So many times as many are counted, to go from the part that leaves the fewest."""
_WITHIN = 3
"""So many parts beside the least are put together, each within the next: SQLite reads no statement
that is much deeper. Of the others customers are asked."""
_IS_LIVE = (
    "EXISTS (SELECT 1 FROM customer AS live WHERE live.id = found.customer AND NOT live.ended)"
)


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
        if (number := lacking(view, condition)) is not None:
            return number
        return view.rows(f"SELECT count(*) FROM ({self._ids(view, condition)})")[0][0]

    def _ids(self, view: View, condition: ValueCondition) -> str:
        """Those who meet a condition, each once, from the index as far as it says."""
        parts = parts_of(view.select, condition)
        if len(parts) > 1 or any(one.is_slow for one in parts):
            parts = _quickly_told(measured(view, parts, self._few * _FURTHER), self._few)
        told, untold = _told(parts)
        if not told:
            return f"SELECT id FROM customer WHERE {view.select.where(condition)}"
        both = _both(view.select, told)
        if any(one.is_slow for one in told):
            both = f"SELECT customer FROM ({both}) AS found WHERE {_IS_LIVE}"
        if not untold:
            return both
        rest = view.select.where(All(tuple(one.condition for one in untold)))
        return f"SELECT id FROM customer WHERE id IN ({both}) AND {rest}"


def _told(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """The parts whose ids are put together, the one that leaves the fewest first, and the rest."""
    known = sorted((one for one in parts if one.found is not None), key=lambda one: one.size)
    within = [one for one in known[1:] if not one.is_value]
    beyond = set(map(id, within[_WITHIN:]))
    told = [one for one in known if id(one) not in beyond]
    return told, [one for one in parts if one.found is None or id(one) in beyond]


def _both(select: Selection, told: Sequence[Part]) -> str:
    """Those who meet all of these, of which the first leaves the fewest."""
    first, *others = told
    ids, repeats = _sql_of(first), first.repeats
    probes = [
        has_value(select, one.found, "c.customer") for one in others if one.found and one.is_value
    ]
    if probes:
        ids = f"SELECT c.customer FROM ({ids}) c WHERE {' AND '.join(probes)}"
    for one in others:
        if not one.is_value:
            # Gone through once, past whoever is not among those few.
            among = f"+o.customer IN (SELECT customer FROM ({ids}))"
            ids, repeats = f"SELECT o.customer FROM ({_sql_of(one)}) o WHERE {among}", one.repeats
    return f"SELECT DISTINCT customer FROM ({ids})" if repeats else ids


def _sql_of(part: Part) -> str:
    return part.found.sql if part.found else ""


def _quickly_told(parts: Sequence[Part], few: int) -> Sequence[Part]:
    """The parts of which nothing is left that takes longer to make than to look at customers for.

    Many events are counted only where nothing else says who is looked at.
    """
    slow = [one for one in parts if one.is_slow]
    kept = [one for one in parts if one not in slow and one.found is not None]
    if not kept:
        return parts
    return [one._replace(found=None) if one in slow and one.size > few else one for one in parts]
