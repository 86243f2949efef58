"""A `SegmentReader` that tells of the customers in a scope alone, over the reader of any store."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.accounts.links import AccountState
from c360_kernel.accounts.seen import Said
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, Values
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.record import RecordKey
from c360_kernel.scope import Scope, Visible
from pyroaring import FrozenBitMap
from typing_extensions import override

from c360_segment.domain.known import Known
from c360_segment.domain.performed import Performed
from c360_segment.domain.told import Stretch, Told
from c360_segment.store.port import SegmentReader

_PAGE = 500


def within(reader: SegmentReader, scope: Scope) -> SegmentReader:
    """What a reader tells of the customers in a scope; for one operation."""
    return reader if scope == EVERYBODY else ScopedReader(reader, scope)


class ScopedReader(SegmentReader):
    """A `SegmentReader`. Members are those in the scope, so sizes and pages are of them."""

    def __init__(self, reader: SegmentReader, scope: Scope) -> None:
        self._reader = reader
        self._scope = scope
        self._visible = Visible(scope, reader)
        self._numbers: FrozenBitMap | None = None

    @override
    async def members(self, segment: str) -> FrozenBitMap:
        return await self._reader.members(segment) & await self._in_scope()

    @override
    async def customers_of(self, numbers: Iterable[int]) -> Sequence[str]:
        return await self._reader.customers_of(numbers)

    @override
    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, frozenset[str]]:
        visible = await self._visible.among(customers)
        return await self._reader.segments_of([c for c in customers if c in visible])

    @override
    async def values_of(self, customers: Collection[str]) -> Mapping[str, Values]:
        return await self._reader.values_of(await self._visible.among(customers))

    @override
    async def known(
        self, customers: Collection[str], events: Collection[str]
    ) -> Mapping[str, Known]:
        return await self._reader.known(await self._visible.among(customers), events)

    @override
    async def objects(self, names: Collection[ObjectName]) -> Mapping[ObjectName, KnownObject]:
        # They are nobody's.
        return await self._reader.objects(names)

    @override
    async def objects_of(self, type_: str, limit: int) -> Sequence[KnownObject]:
        return await self._reader.objects_of(type_, limit)

    @override
    async def accounts(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, AccountState]:
        # Whoever is told of some customers only is told of no account.
        return {}

    @override
    async def account_records(self, accounts: Collection[str]) -> Mapping[str, Said]:
        return {}

    @override
    async def history(self, segment: str, stretch: Stretch) -> Sequence[Told]:
        found: list[Told] = []
        since, before, limit = stretch
        while len(found) < limit:
            page = await self._reader.history(segment, Stretch(since, before, _PAGE))
            visible = await self._visible.among({told.customer for told in page})
            found += [told for told in page if told.customer in visible]
            if len(page) < _PAGE:
                break
            before = page[-1].place
            # Whoever sees few may read very much of it, and others wait, as a deadline does.
            await asyncio.sleep(0)
        return found[:limit]

    @override
    async def segments_at(self, customers: Sequence[str], at: int) -> Sequence[Told]:
        visible = await self._visible.among(customers)
        return await self._reader.segments_at([c for c in customers if c in visible], at)

    @override
    async def meeting(
        self, condition: ValueCondition, among: FrozenBitMap | None = None
    ) -> FrozenBitMap:
        in_scope = await self._in_scope()
        if among is None:
            return await self._reader.meeting(condition) & in_scope
        return await self._reader.meeting(condition, among & in_scope)

    @override
    async def performing(self, asked: Performed, least: int) -> FrozenBitMap:
        return await self._reader.performing(asked, least) & await self._in_scope()

    @override
    async def linked(self) -> FrozenBitMap:
        return await self._reader.linked() & await self._in_scope()

    @override
    async def later(self, names: Collection[str], than: int) -> FrozenBitMap:
        return await self._reader.later(names, than) & await self._in_scope()

    @override
    async def present(self) -> int:
        return await self._reader.present()

    async def _in_scope(self) -> FrozenBitMap:
        if self._numbers is None:
            self._numbers = await self._reader.meeting(self._scope)
        return self._numbers
