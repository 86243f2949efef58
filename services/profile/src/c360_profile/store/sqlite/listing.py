"""Pages and counts of customers, read along whichever index has the least to pass over.

How many customers a part of the condition leaves is counted on the index of golden values, up to a
bound. Where some part leaves few, those few are sorted; else the list is walked in its order, and
who does not meet the condition is passed over. Where several parts together leave so few that more
would be passed over than the least of them leaves, that part is sorted, too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import prod
from typing import NamedTuple

from c360_kernel.conditions.tree import All, ValueCondition, conjuncts
from c360_kernel.sqlite_readers import SqliteReaders

from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery, Order
from c360_profile.store.sqlite.candidates import Candidates, candidates
from c360_profile.store.sqlite.golden import EVERYBODY_LIVE
from c360_profile.store.sqlite.rows import CUSTOMER_COLUMNS, read_customer
from c360_profile.store.sqlite.selection import Selection, bounds
from c360_profile.store.sqlite.walks import having, lacking

FEW = 3_000
"""So many customers are read and sorted in the time that an answer may take."""
_FURTHER = 10
"""Where several parts have to hold, so many times as many are counted and perhaps sorted."""


class _Part(NamedTuple):
    condition: ValueCondition
    found: Candidates | None
    size: int


class Listing:
    """Answers questions about many customers."""

    def __init__(self, scans: SqliteReaders, few: int = FEW) -> None:
        self._scans = scans
        self._few = few

    async def page(self, query: CustomerQuery, limit: int) -> Sequence[Customer]:
        """A page of customers under a filter and an order."""
        select = Selection()
        most = self._few
        parts = await self._parts(select, query.condition, most)
        if query.orders and len(parts) > 1 and _least(parts).size > most:
            most *= _FURTHER
            parts = await self._parts(select, query.condition, most)
        few = await self._few_of(parts, most, limit)
        if few is not None:
            found = await self._customers(select, _sorted(select, query, parts, few), limit)
        elif not query.orders:
            found = await self._customers(select, _by_id(select, query, parts), limit)
        else:
            found = await self._walked(query, limit)
        return found[::-1] if query.from_end else found

    async def count(self, condition: ValueCondition) -> int:
        """How many customers pass a filter."""
        select = Selection()
        if condition == All():
            return await self._tally(EVERYBODY_LIVE)
        sql = await self._ids(select, condition)
        (row,) = await self._scans.rows(f"SELECT count(*) FROM ({sql})", select.parameters)
        return row[0]

    async def matching(self, condition: ValueCondition) -> Collection[str]:
        """Which of these customers pass a filter."""
        select = Selection()
        sql = await self._ids(select, condition)
        return [id_ for (id_,) in await self._scans.rows(sql, select.parameters)]

    async def _few_of(self, parts: Sequence[_Part], most: int, limit: int) -> Candidates | None:
        """Those who are sooner sorted than the list is walked; None if it is the other way.

        The parts are taken to leave out customers independently of each other.
        """
        if not parts or (least := _least(parts)).size > most:
            return None
        if least.size <= self._few:
            return least.found
        everybody = max(1, await self._tally(EVERYBODY_LIVE))
        shares = [min(1.0, one.size / everybody) for one in parts if one.found is not None]
        return least.found if least.size * prod(shares) < limit else None

    async def _parts(self, select: Selection, condition: ValueCondition, most: int) -> list[_Part]:
        """Each with how many it leaves, or one more than `most` if it leaves more or is unknown."""
        wanted = [(part, candidates(part, select.bind)) for part in conjuncts(condition)]
        bound = select.bind(most + 1)
        counts = [
            f"(SELECT count(*) FROM (SELECT 1 FROM ({found.measured or found.sql}) LIMIT {bound}))"
            for _, found in wanted
            if found is not None
        ]
        sizes = iter(await self._sizes(select, counts))
        return [
            _Part(part, found, most + 1 if found is None else next(sizes)) for part, found in wanted
        ]

    async def _ids(self, select: Selection, condition: ValueCondition) -> str:
        found = [(part, candidates(part, select.bind)) for part in conjuncts(condition)]
        parts = [_Part(part, one, 0) for part, one in found]
        if any(one is not None and one.measured for _, one in found):
            parts = _quickly_told(await self._parts(select, condition, self._few), self._few)
        return _ids(select, condition, parts)

    async def _sizes(self, select: Selection, counts: Sequence[str]) -> Sequence[int]:
        if not counts:
            return ()
        (row,) = await self._scans.rows(f"SELECT {', '.join(counts)}", select.parameters)
        return row

    async def _walked(self, query: CustomerQuery, limit: int) -> list[Customer]:
        """Those who have the first trait of the order, then those who lack it; or the reverse."""
        found: list[Customer] = []
        for lacks in (True, False) if query.from_end else (False, True):
            if not lacks or await self._anybody_lacks(query.orders[0]):
                for made in (lacking(query),) if lacks else having(query):
                    if len(found) < limit:
                        found += await self._customers(*made, limit - len(found))
        return found

    async def _anybody_lacks(self, order: Order) -> bool:
        return await self._tally(EVERYBODY_LIVE) > await self._tally(order.trait)

    async def _tally(self, trait: str) -> int:
        rows = await self._scans.rows("SELECT number FROM tally WHERE trait = ?", [trait])
        return rows[0][0] if rows else 0

    async def _customers(self, select: Selection, sql: str, limit: int) -> list[Customer]:
        limited = f"{sql} LIMIT {select.bind(limit)}"
        return [read_customer(row) for row in await self._scans.rows(limited, select.parameters)]


def _least(parts: Sequence[_Part]) -> _Part:
    return min(parts, key=lambda part: (part.size, part.found is None))


def _sorted(
    select: Selection, query: CustomerQuery, parts: Sequence[_Part], few: Candidates
) -> str:
    rest = [part for part in parts if part.found is not few]
    probed = [p.found for p in rest if p.found is not None and p.found.trait]
    probes = "".join(f" AND {_probe(select, one, 'customer.id')}" for one in probed)
    others = [p.condition for p in rest if p.found is None or not p.found.trait]
    return (
        f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE id IN ({few.sql}){probes}"
        f" AND {select.where(All(tuple(others)))} AND {bounds(select, query)}"
        f" {select.sorting(query.orders, query.from_end)}"
    )


def _by_id(select: Selection, query: CustomerQuery, parts: Sequence[_Part]) -> str:
    """Along those who have one value in common, where a part says so; else along all."""
    along = next((p.found for p in parts if p.found is not None and p.found.trait), None)
    if along is None:
        return (
            f"SELECT {CUSTOMER_COLUMNS} FROM customer WHERE {select.where(query.condition)}"
            f" AND {bounds(select, query)} {select.sorting((), query.from_end)}"
        )
    onward = "DESC" if query.from_end else "ASC"
    rest = [part for part in parts if part.found is not along]
    passing = [
        f"g.trait = {select.bind(along.trait)} AND g.value = {select.bind(along.value)}",
        *([f"g.customer > {select.bind(query.after.id)}"] if query.after else []),
        *([f"g.customer < {select.bind(query.before.id)}"] if query.before else []),
        *(
            _probe(select, p.found, "g.customer")
            for p in rest
            if p.found is not None and p.found.trait
        ),
        _others(select, [p.condition for p in rest if p.found is None or not p.found.trait]),
    ]
    return (
        f"SELECT {CUSTOMER_COLUMNS} FROM golden g CROSS JOIN customer ON id = g.customer"
        f" WHERE {' AND '.join(passing)} ORDER BY g.customer {onward}"
    )


def _probe(select: Selection, found: Candidates, customer: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM golden o WHERE o.trait = {select.bind(found.trait)}"
        f" AND o.value = {select.bind(found.value)} AND o.customer = {customer})"
    )


def _others(select: Selection, conditions: Sequence[ValueCondition]) -> str:
    return select.where(All(tuple(conditions))) if conditions else "1"


def _ids(select: Selection, condition: ValueCondition, parts: Sequence[_Part]) -> str:
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


def _quickly_told(parts: Sequence[_Part], few: int) -> Sequence[_Part]:
    """The parts of which nothing is left that takes longer to make than to look at customers for.

    Many events are counted only where nothing else says who is looked at.
    """
    slow = [one for one in parts if one.found is not None and one.found.measured]
    kept = [one for one in parts if one not in slow and one.found is not None]
    if not kept:
        return parts
    return [one._replace(found=None) if one in slow and one.size > few else one for one in parts]
