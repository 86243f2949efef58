"""Takes calls: maps them by the catalog in use, leaves out what is known, has the rest written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from c360_kernel.errors import Transient
from c360_kernel.stamp import wall_clock_ms

from c360_gateway.auth.principal import Principal
from c360_gateway.collect.collector import Collector, Given
from c360_gateway.collect.items import ItemResult, Refusal
from c360_gateway.collect.turns import Turns
from c360_gateway.doors.tracking.checking import too_large
from c360_gateway.doors.tracking.intake import Intake
from c360_gateway.doors.tracking.mapping import CallItems, CallName, Calls, Received
from c360_gateway.doors.tracking.outcomes import Outcome, count_calls, outcome_of
from c360_gateway.doors.tracking.seen import SeenCalls
from c360_gateway.doors.tracking.writing import Writing
from c360_gateway.policy.tables import PolicyTables
from c360_gateway.query.backpressure import Backpressure

_SEEN = 100_000
_SMALL_BYTES = 32_768


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a catalog makes of calls, and what takes the items."""

    calls: Calls
    collector: Collector


class SentCalls(NamedTuple):
    """The calls of one request: `sent_at` is what its batch says of its time, `size` its bytes.

    `refused` are those that their door finds to be none, by their place.
    """

    principal: Principal
    address: str
    source: str
    calls: Sequence[object]
    sent_at: object
    size: int
    is_batch: bool
    refused: Mapping[int, Refusal] = MappingProxyType({})


class TrackingDoor:
    """`in_use` gives the catalog's part of it, `tables` the policies of the graph, or None."""

    def __init__(
        self,
        in_use: Callable[[], Tracked],
        tables: Callable[[], PolicyTables | None],
        pressure: Backpressure,
        writing: Writing,
        most_waiting: int,
    ) -> None:
        self._in_use = in_use
        self._tables = tables
        self._pressure = pressure
        self._writing = writing
        self._most = most_waiting
        self._seen = SeenCalls(_SEEN)
        self._take_up(in_use())

    def _take_up(self, tracked: Tracked) -> None:
        self._tracked = tracked
        self._intake = Intake(partial(self._write, tracked.collector), self._most)

    def event_named(self, type_: str) -> str:
        """The event of the catalog that the type of a CloudEvent stands for, or the type."""
        return self._tracked.calls.event_named(type_)

    async def take(self, sent: SentCalls) -> Outcome:
        """What is refused of the calls; all others are durable. Raises `Transient` and
        `RateLimited`: then none was taken.
        """
        await self._pressure.admit()
        if (now := self._in_use()) is not self._tracked:
            self._take_up(now)
        tracked, intake = self._tracked, self._intake
        mapped = await self._mapped(tracked.calls, sent)
        given = [one for items in mapped for one in items.given]
        results: Sequence[ItemResult] = ()
        if given:
            results = await intake.take(sent.principal, sent.address, given)
        for items in mapped:
            tracked.calls.took(items)
        self._seen.put(items.name for items in mapped if items.name is not None)
        count_calls(mapped, results)
        return outcome_of(mapped, results)

    async def _mapped(self, calls: Calls, sent: SentCalls) -> list[CallItems]:
        """One for each call, without items for what is known already."""
        received = Received(sent.source, wall_clock_ms(), sent.sent_at)
        mapped: list[CallItems] = []
        names: set[CallName] = set()
        turns = Turns()
        for place, call in enumerate(sent.calls):
            refusal = sent.refused.get(place)
            if refusal is None and sent.size > _SMALL_BYTES:
                refusal = too_large(call)
            items = calls.refused(call, refusal) if refusal else calls.items(call, received)
            known = items.name is not None and (items.name in names or self._seen.holds(items.name))
            mapped.append(CallItems((), items.name, is_known=True) if known else items)
            if items.name is not None:
                names.add(items.name)
            if turns.is_over:
                await turns.give_way()
        return mapped

    async def _write(
        self, collector: Collector, principal: Principal, address: str, given: Sequence[Given]
    ) -> Sequence[ItemResult]:
        tables = self._tables()
        if tables is None:
            raise Transient("there is no supergraph yet", code="SUPERGRAPH_UNAVAILABLE")
        return await self._writing.write(collector, tables, principal, address, given)
