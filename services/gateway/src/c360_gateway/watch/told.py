"""What a caller may be told of changes, as policy stands at each of them, with cursors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Generic, NamedTuple, TypeVar

from c360_kernel.backoff import Backoff
from c360_kernel.cursors import CursorInvalid
from c360_kernel.errors import Transient
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged

from c360_gateway.context import OperationContext
from c360_gateway.watch.change import Change
from c360_gateway.watch.customer_changes import CUSTOMER_TOPICS, CustomerChanges, Since
from c360_gateway.watch.customer_lookup import CustomerLookup
from c360_gateway.watch.errors import CursorRefused, HistorySuppressed, LogAway
from c360_gateway.watch.places import Begin, Place, Places
from c360_gateway.watch.segment_gate import SegmentGate
from c360_gateway.watch.segments import SegmentWatch

# Who has no cursor yet could not go on after one, if it were ended.
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0

T = TypeVar("T")


class Told(NamedTuple, Generic[T]):
    """A change, and where a reader goes on that has taken it."""

    change: T
    cursor: str


class ToldChanges:
    """Changes of segments and of customers. Both raise `CursorRefused`, `HistorySuppressed`,
    `LogAway`, `Overrun`, and `CustomerUnknown` or `SegmentUnknown` where it cannot be said now who
    may be told.
    """

    def __init__(
        self,
        segments: SegmentWatch,
        customers: CustomerChanges,
        places: Places,
        lookup: CustomerLookup,
        gate: SegmentGate,
    ) -> None:
        self._segments = segments
        self._customers = customers
        self._places = places
        self._lookup = lookup
        self._gate = gate

    async def of_segment(
        self, name: str, after: str | None, context: OperationContext
    ) -> AsyncGenerator[Told[MembershipChanged]]:
        """Who enters or leaves a segment."""
        cursors = _Cursors(self._places, (MEMBERSHIPS,), context)
        begin = await cursors.place(after)
        async with aclosing(self._segments.changes(name, begin)) as changes:
            async for change, place in changes:
                if await self._may_hear_of(change, context):
                    yield Told(change, await cursors.of(place))

    async def of_customer(
        self, customer: str, after: str | None, context: OperationContext
    ) -> AsyncGenerator[Told[Change]]:
        """What becomes of whom an id stands for."""

        async def present(wanted: str) -> str:
            return await self._lookup.present(wanted, context)

        cursors = _Cursors(self._places, CUSTOMER_TOPICS, context, customer)
        since = await cursors.since(after)
        async with aclosing(self._customers.changes(customer, present, since)) as changes:
            async for (change, holder), reached in changes:
                if await self._may_hear(change, context):
                    context.subjects.update({change.ended} - {""})
                    yield Told(change, await cursors.of(reached, holder))

    async def _may_hear(self, change: Change, context: OperationContext) -> bool:
        if change.membership is not None:
            return await self._may_hear_of(change.membership, context)
        if not change.customer:
            # Of whom nothing is known any more, row rules can say nothing.
            return not context.present_caller().predicate
        return await self._lookup.shows(change.customer, context)

    async def _may_hear_of(self, change: MembershipChanged, context: OperationContext) -> bool:
        if not await self._gate.shows(change, context):
            return False
        return await self._lookup.shows(change.customer, context)


class _Cursors:
    """The cursors of one list, of all that is told or of one customer, for one operation.

    A subscription that is begun anew, under another policy, goes on after what it was told last.
    """

    def __init__(
        self,
        places: Places,
        topics: Sequence[str],
        context: OperationContext,
        customer: str | None = None,
    ) -> None:
        self._places = places
        self._topics = topics
        self._context = context
        self._customer = customer
        self._list = ""

    async def place(self, after: str | None) -> Place | None:
        """Where it begins: after a cursor; None where that is now."""
        try:
            begin = await self._begin(after)
            if begin is None:
                return None
            return await self._places.at(await self._name(), self._topics, begin, Begin.OLDEST)
        except CursorInvalid as error:
            raise CursorRefused from error
        except Transient as error:
            raise LogAway from error

    async def since(self, after: str | None) -> Since | None:
        """Where it begins, and whom the customer's id stood for there."""
        place = await self.place(after)
        begin = None if place is None else await self._begin(after)
        if begin is None or place is None:
            return None
        return Since(place, self._places.holder(await self._name(), begin))

    async def of(self, place: Place, holder: str | None = None) -> str:
        """The cursor of a place. While the log cannot say which one it is, the change waits."""
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            try:
                name = await self._name()
            except Transient:
                await asyncio.sleep(backoff.pause_s())
                continue
            cursor = self._places.cursor(name, place, holder)
            if self._context.reached is not None:
                self._context.reached[name] = cursor
            return cursor

    async def _begin(self, after: str | None) -> str | None:
        """The cursor to begin after: of what was told last, else the one that was given."""
        if self._context.present_caller().smallest_group:
            if after is not None:
                raise HistorySuppressed
            return None
        reached = self._context.reached
        return reached.get(await self._name(), after) if reached else after

    async def _name(self) -> str:
        if not self._list:
            list_ = await self._places.list_of(self._topics)
            self._list = list_ if self._customer is None else f"{list_}:{self._customer}"
        return self._list
