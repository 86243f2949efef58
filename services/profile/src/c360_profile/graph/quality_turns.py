"""Data quality kept: all customers are read in turn, beside what else is asked.

A turn takes a fifth of the time at most, page by page, so that others are answered meanwhile. What
is told is the last whole turn. A turn begins when somebody asks, or looks whether the service is
ready, thirty times as long after the last one as that took, at most a minute, and only if the store
has moved on since. Who asks waits for a turn that will be short.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from logging import getLogger

from c360_kernel.errors import C360Error
from c360_kernel.log.entry import Positions
from c360_kernel.metrics import QUALITY_BREACHES
from c360_kernel.stamp import wall_clock_ms

from c360_profile.domain.customer import belonging
from c360_profile.domain.quality import Breach, QualityRules, Tally
from c360_profile.domain.query import CustomerQuery, Place
from c360_profile.domain.record import SourceRecord
from c360_profile.store.port import ProfileReader

_PAGE = 100
_REST = 4
"""So many times as long as it works a turn rests."""
_AGAIN = 30
_AGAIN_MS = 60_000
_SHORT_MS = 2_000
_PATIENCE_S = 8.0
_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a turn counted, when it began (ms UTC), and what is beyond the bounds of the catalog.

    `took` is for how long it went on, in milliseconds, `raised` what was told of and stands.
    """

    tally: Tally
    at: int
    took: int
    breaches: Sequence[Breach]
    raised: Sequence[Breach]
    positions: Positions


class QualityTurns:
    """Turns over one store, in the loop that opened it."""

    def __init__(
        self,
        everybody: ProfileReader,
        positions: Callable[[], Awaitable[Positions]],
        rules: QualityRules,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._everybody = everybody
        self._positions = positions
        self._rules = rules
        self._now_ms = now_ms
        self._last: Snapshot | None = None
        self._turn: asyncio.Task[None] | None = None

    async def latest(self) -> Snapshot | None:
        """The last whole turn; None where the first one takes longer than one waits."""
        await self.look()
        is_worth_it = self._last is None or self._last.took < _SHORT_MS
        if is_worth_it and self._turn is not None:
            await asyncio.wait([self._turn], timeout=_PATIENCE_S)
        return self._last

    async def look(self) -> None:
        """Begin a turn if one is due."""
        if self._turn is not None and not self._turn.done():
            return
        last, now = self._last, self._now_ms()
        if last is not None and now - last.at < min(_AGAIN_MS, _AGAIN * last.took):
            return
        if last is not None and last.positions == await self._positions():
            return
        self._turn = asyncio.create_task(self._run(now))

    async def close(self) -> None:
        """Stop a turn that is under way."""
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.gather(self._turn, return_exceptions=True)

    async def _run(self, now: int) -> None:
        try:
            positions, tally = await self._positions(), Tally()
            async for own in records_of_all(self._everybody):
                self._rules.count(own, now, tally)
            self._keep(self._snapshot(tally, now, positions))
        except C360Error as error:
            _log.warning("data quality cannot be counted now: %s", error.code)

    def _snapshot(self, tally: Tally, began: int, positions: Positions) -> Snapshot:
        breaches = self._rules.breaches(tally)
        raised = self._rules.raised(tally, self._raised())
        return Snapshot(tally, began, self._now_ms() - began, breaches, raised, positions)

    def _keep(self, snapshot: Snapshot) -> None:
        before, now = self._raised(), snapshot.raised
        self._last = snapshot
        for breach in now:
            if breach not in before:
                QUALITY_BREACHES.add(breach.measure)
                _log.warning("DATA_QUALITY %s of %s.%s is beyond its bound", *_told(breach))
        for breach in before:
            if breach not in now:
                _log.info("DATA_QUALITY %s of %s.%s keeps its bound again", *_told(breach))

    def _raised(self) -> Sequence[Breach]:
        return self._last.raised if self._last else ()


def _told(breach: Breach) -> tuple[str, str, str]:
    return breach.measure, breach.source, breach.trait


async def records_of_all(reader: ProfileReader) -> AsyncIterator[list[SourceRecord]]:
    """The records of each customer in turn, resting between pages."""
    after: Place | None = None
    while True:
        began = time.monotonic()
        customers = await reader.page(CustomerQuery(after=after), _PAGE)
        if not customers:
            return
        linked = await reader.linked([one.id for one in customers])
        for one in customers:
            yield belonging(one.id, linked.get(one.id, ()))
        after = Place((), customers[-1].id)
        if len(customers) == _PAGE:
            await asyncio.sleep(_REST * (time.monotonic() - began))
