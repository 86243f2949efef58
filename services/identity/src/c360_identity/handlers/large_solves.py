"""Solves of customers of very many records, beside the batches of others.

A batch that has such a customer solved writes its evidence, and leaves the solve: the customer is
as it was until that is done. It is done over a view of the store, a little at a time, and what
comes of it is written some records at a time. Meanwhile others' batches are taken. What touches the
same customers is left, too, and solved in the next round; what turns out to have touched them has
the round begin anew. Where nothing is left, customers are what one solve of all evidence says.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from c360_kernel.backoff import Backoff
from c360_kernel.errors import Conflict, Transient, Unusable
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry, Partition
from c360_kernel.metrics import LARGE_SOLVES_FAILING
from c360_kernel.projection.progress import Interrupted
from c360_kernel.projection.steps import NoSteps, Turns, pause
from c360_kernel.record import Identifier, RecordKey
from typing_extensions import override

from c360_identity.domain.history import Move
from c360_identity.domain.model import SourceRecord
from c360_identity.domain.working_set import WorkingSet
from c360_identity.emission import count_joins, state
from c360_identity.handlers.closure import Closure, closure
from c360_identity.handlers.large import LargeCustomers
from c360_identity.handlers.putting_off import LaterSolves, Left, earliest, first_of, read_left
from c360_identity.handlers.resolution import Batch, Reassigned, Resolution
from c360_identity.store.port import ResolutionChanges
from c360_identity.store.putting_off import PuttingOffGraph, PuttingOffStore

_log = logging.getLogger(__name__)
if TYPE_CHECKING:
    from c360_identity.handlers.matching import Matching

_BLAMELESS = (Transient, Conflict, Unusable, Interrupted)
_TURN_S = 0.05
_WRITTEN = 500
"""So many records are written at once, some tens of milliseconds."""
_TRIES = 3
"""After so many rounds that others disturbed, one is done with nobody in between."""
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 600.0


@dataclass
class _Waiting:
    """What waits: its entries, the first of each partition and the stamps of all, and what it may
    touch."""

    first: dict[Partition, int] = field(default_factory=dict[Partition, int])
    stamps: set[str] = field(default_factory=set[str])
    records: set[RecordKey] = field(default_factory=set[RecordKey])
    identifiers: set[Identifier] = field(default_factory=set[Identifier])

    def take(self, other: _Waiting) -> None:
        """Wait for this, too."""
        self.first = earliest(self.first, other.first)
        self.stamps |= other.stamps
        self.records |= other.records
        self.identifiers |= other.identifiers


@dataclass
class _Solution:
    """What a round came to, and how far it is written; `until` is what it has solved."""

    until: int
    found: Closure
    changes: ResolutionChanges
    assigned: Mapping[RecordKey, Reassigned]
    large: Mapping[RecordKey, int]
    written: int = 0

    @cached_property
    def moves(self) -> Mapping[RecordKey, Move]:
        """By the record that moves; one does once."""
        return {one.record: one for one in self.changes.moves}


class LargeSolves(NoSteps, LaterSolves):
    """Shared by the handler, which leaves solves, and the worker, which has them done in steps.

    Nothing is left before it is told of a store that can keep it.
    """

    def __init__(
        self,
        rules: Rules,
        customer_id: CustomerIds,
        large: LargeCustomers,
        matching: Matching | None = None,
    ) -> None:
        self._large = large
        self._rules = rules
        self._customer_id = customer_id
        self._matching = matching
        self._store: PuttingOffStore | None = None
        self._is_left = False
        self._next = _Waiting()
        self._under_way = _Waiting()
        self._done = _Waiting()
        self._turns: Turns[_Solution | None] | None = None
        self._solution: _Solution | None = None
        self._seen: set[RecordKey] = set()
        self._seen_identifiers: set[Identifier] = set()
        self._disturbed = 0
        self._is_known = False
        self._backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        self._again_at_s: float | None = None

    def over(self, store: object) -> LargeSolves:
        """Begin to leave solves, if this store can keep them; an earlier life may have left some.

        A service has one worker at a time.
        """
        self._store = store if isinstance(store, PuttingOffStore) else None
        self._is_left = self._store is not None
        self._is_known = False
        return self

    @property
    @override
    def is_on(self) -> bool:
        """Whether solves may be left."""
        return self._store is not None

    @property
    @override
    def waits(self) -> bool:
        at = self._again_at_s
        return self._is_left and (at is None or time.monotonic() >= at)

    @property
    @override
    def fails(self) -> bool:
        return self._again_at_s is not None

    @property
    @override
    def held(self) -> Mapping[Partition, int]:
        return earliest(self._next.first, self._under_way.first, self._done.first)

    @property
    @override
    def stamps(self) -> Collection[str]:
        return self._next.stamps | self._under_way.stamps | self._done.stamps

    @override
    def is_busy(self, key: RecordKey | None) -> bool:
        """Whether a solve that is not done may move this record, or touches its customer."""
        if key is None:
            return False
        if key in self._next.records or key in self._under_way.records:
            return True
        return self._solution is not None and key in self._solution.found.reached

    @override
    def are_busy(self, identifiers: Iterable[Identifier]) -> bool:
        """Whether a solve that is not done looks at one of these."""
        held = self._solution.found.holdings if self._solution is not None else {}
        left = (self._next.identifiers, self._under_way.identifiers, held)
        return any(one in some for one in identifiers for some in left)

    @override
    def leave(self, left: Left, owners: Iterable[RecordKey]) -> None:
        """This is left; the customers of these seeds are touched by it."""
        self._is_left = True
        waiting = self._next
        waiting.records.update(left.records, owners)
        waiting.identifiers.update(left.identifiers)
        for why in (*left.records.values(), *left.identifiers.values()):
            waiting.stamps.add(why.entry.stamp)
            if isinstance(why.entry, Entry):
                one = {why.entry.topic_partition: why.entry.offset}
                waiting.first = earliest(waiting.first, one)

    @override
    def saw(self, records: Iterable[RecordKey], identifiers: Iterable[Identifier]) -> None:
        """A batch touched these, and left none of them."""
        if self._turns is not None:
            self._seen.update(records)
            self._seen_identifiers.update(identifiers)

    @override
    async def step(self) -> None:
        if self._store is None or not self.waits:
            return
        await self._know(self._store)
        try:
            await self._go_on(self._store)
        except _BLAMELESS:
            raise
        except Exception as error:
            # Others go on, whatever it is.
            self._failed(error)

    async def _know(self, store: PuttingOffStore) -> None:
        """What an earlier life left holds the progress of whoever asked for it, done or not. Where
        it fails others come before it is done, and what touches it is left, too.
        """
        if self._is_known:
            return
        left, known = Left(), self._under_way
        with store.view() as view:
            for one in await view.left():
                left.add(read_left(one.said))
                known.first = earliest(known.first, first_of(one.said))
            known.records.update(left.records, await _customers_of(view, left, self._rules))
        known.identifiers.update(left.identifiers)
        self._is_known = True

    def _failed(self, error: Exception) -> None:
        self._turns = self._solution = None
        pause_s = self._backoff.pause_s()
        self._again_at_s = time.monotonic() + pause_s
        LARGE_SOLVES_FAILING.value = 1
        _log.error(
            "LARGE_SOLVE_FAILED %s: its customers are as before, and whoever waits for them waits;"
            " tried again in %.0f s",
            type(error).__name__,
            pause_s,
        )

    async def _go_on(self, store: PuttingOffStore) -> None:
        if self._solution is None:
            self._look(_TURN_S if self._disturbed < _TRIES else float("inf"))
        else:
            await self._write(store, self._solution)

    @override
    async def finish(self) -> None:
        while self._store is not None and self.waits:
            await self.step()
            # Where everything is embedded nothing else would be heard meanwhile.
            await asyncio.sleep(0)

    @override
    def release(self) -> None:
        self._done = _Waiting()

    @override
    def close(self) -> None:
        if self._turns is not None:
            self._turns.close()
        self._turns = self._solution = None

    def _look(self, seconds: float) -> None:
        if self._turns is None:
            self._seen.clear()
            self._seen_identifiers.clear()
            self._begin_next()
            self._turns = Turns(self._solve())
        try:
            done = self._turns.go_on(seconds)
        except BaseException:
            self._turns = None
            raise
        if done is None:
            return
        self._turns = None
        if done.value is None:
            self._rest()
        elif self._is_disturbed(done.value):
            self._disturbed += 1
        else:
            self._disturbed = 0
            self._solution = done.value

    def _is_disturbed(self, solution: _Solution) -> bool:
        if not self._seen.isdisjoint(solution.found.reached):
            return True
        return not self._seen_identifiers.isdisjoint(solution.found.holdings)

    def _is_done(self) -> None:
        """What was left before the round is solved; it is held until that is in the log."""
        self._done.take(_Waiting(self._under_way.first, self._under_way.stamps))
        self._under_way = _Waiting()

    def _begin_next(self) -> None:
        self._under_way.take(self._next)
        self._next = _Waiting()

    def _rest(self) -> None:
        # What was to be left, and was not committed, is not waited for.
        self._begin_next()
        self._is_done()
        self._is_left = False
        self._again_at_s = None
        self._backoff.reset()
        LARGE_SOLVES_FAILING.value = 0

    async def _solve(self) -> _Solution | None:
        assert self._store is not None
        with self._store.view() as view:
            held = await view.left()
            if not held:
                return None
            left = Left()
            for one in held:
                left.add(read_left(one.said))
            where = (left.records, left.identifiers, left.lost)
            is_matching = self._matching is not None
            found = await closure(view, self._rules, *where, is_matching=is_matching)
            batch = Batch(WorkingSet(), {}, {})
            resolution = Resolution(view, self._rules, batch, self._matching, pause=pause)
            changes = await resolution.solved(found)
            told = (resolution.assigned, resolution.large)
            return _Solution(held[-1].number, found, changes, *told)

    async def _write(self, store: PuttingOffStore, solution: _Solution) -> None:
        """Some records, or at last what else there is to write."""
        start = solution.written
        if some := solution.changes.records[start : start + _WRITTEN]:
            async with store.unit() as unit:
                await self._move(unit, solution, some)
            solution.written += len(some)
            return
        async with store.unit() as unit:
            is_over = await self._conclude(unit, solution)
        self._solution = None
        self._is_done()
        if is_over:
            self._rest()

    async def _move(
        self, unit: PuttingOffGraph, solution: _Solution, records: Sequence[SourceRecord]
    ) -> None:
        """None of them is the seed of a customer that takes anything without a solve, for now."""
        keys = [one.key for one in records]
        moves = [solution.moves[key] for key in keys if key in solution.moves]
        held = [replace(one, plain=False, numbered=False, firm=False) for one in records]
        await unit.resolve(ResolutionChanges(held, (), {}, moves))
        assigned = [solution.assigned[key] for key in keys if key in solution.assigned]
        count_joins(one.record for one in assigned)
        for record, gone, (cause, entry) in assigned:
            state(unit, self._customer_id, record, gone, cause, entry)

    async def _conclude(self, unit: PuttingOffGraph, solution: _Solution) -> bool:
        """Write what customers are, and that it is over; whether nothing was left meanwhile.

        What was left is solved next: until then its customers take nothing without a solve.
        """
        changes = solution.changes
        await unit.over(solution.until)
        newer = Left()
        for one in await unit.left():
            newer.add(read_left(one.said))
        touched = await _customers_of(unit, newer, self._rules)
        firm = [
            one for one in changes.records if (one.plain or one.numbered) and one.key not in touched
        ]
        refusals = [one for one in changes.observations if one.record not in newer.records]
        await unit.resolve(ResolutionChanges(firm, refusals, changes.generic))
        self._large.touched(solution.large, ())
        return not newer.records and not newer.identifiers


async def _customers_of(unit: PuttingOffGraph, left: Left, rules: Rules) -> set[RecordKey]:
    """The seeds of the customers where a solve begins: of what it crosses, of all who carry it."""
    held = await unit.holdings(left.identifiers.keys()) if left.identifiers else {}
    crossed = [
        identifier
        for identifier, one in held.items()
        if not one.generic and not rules.crowded(identifier.type, one.holders)
    ]
    edges = await unit.observations_to(crossed) if crossed else ()
    keys = {*left.records, *(edge.record for edge in edges)}
    found = await unit.bare(keys) if keys else {}
    return {one.seed for one in found.values() if one.seed is not None}
