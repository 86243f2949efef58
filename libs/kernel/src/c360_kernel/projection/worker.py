"""The worker: feeds one projection from the log and relays what it causes.

Delivery is at least once; the unit's position makes the effect exactly once.
A batch that fails is taken apart and its entries are tried one by one, so that
one bad entry is put aside alone and nothing behind it waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from c360_kernel.backoff import Backoff
from c360_kernel.errors import C360Error, Conflict, Invalid, SettingsError, Transient, Unusable
from c360_kernel.log.entry import Batch, Entry, Partition, Positions, spans_of
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import FOR_EVER, HANDLED
from c360_kernel.metrics import DEAD_LETTERS, ENTRIES_HANDLED
from c360_kernel.outage import Outage
from c360_kernel.projection.leader_election import LeaderElection, SoleReplica
from c360_kernel.projection.origin import refuse_foreign
from c360_kernel.projection.port import Attempt, Handler, ProjectionStore, Unit
from c360_kernel.projection.progress import Interrupted
from c360_kernel.projection.relay import relay
from c360_kernel.projection.slices import SlicedStore, Slices
from c360_kernel.projection.steps import NoSteps
from c360_kernel.projection.timers import NoTimers
from c360_kernel.retrying import retried
from c360_kernel.telemetry import NO_TRACER, Tracer

BATCH = 500
POISON_ATTEMPTS = 3
LAST_TRY_S = 3.0
"""How long a process has to live before it may be the last that an entry kills.

One that somebody kills again and again as soon as it is up never finishes what it takes first.
"""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0
_IDLE_S = 1.0
_SLICE_S = 0.02
"""While something waits for its slice, so long for the next entries at most."""
_LEAVE_S = 2.0
"""For so long whoever is cancelled says in its store that no entry is to blame."""
_BLAMELESS = (Transient, Conflict, Unusable, Interrupted)
"""What no entry is to blame for: it is not taken apart, and none of it is put aside."""

logger = logging.getLogger(__name__)
U = TypeVar("U", bound=Unit)
_Relay = Callable[[], Awaitable[None]]


async def nothing_to_prepare(store: object) -> None:
    """For services whose stores do not depend on anything but the log."""


class Worker(Generic[U]):
    """One member of a service's consumer group.

    `prepare` is called with the store once this member is the one that reads, before the first
    entry: there a store can be brought up to a changed catalog. What it emits is relayed.
    `election` says whether what is emitted may be relayed; see
    `c360_kernel.projection.leader_election`.
    `linger_s` lets entries gather between batches that are not full, for a projection that
    nobody waits for. `batch` is how many entries are taken together at most. `timers` wake the
    handler for what it scheduled; see `c360_kernel.projection.timers`. `last_s` is how long it
    goes on at its end with what the log holds already. `followers` are the groups that read what
    it causes, which goes to them in slices where it is very much: `c360_kernel.projection.slices`.
    `steps` do what entries ask for after their unit: `c360_kernel.projection.steps`.
    """

    def __init__(
        self,
        group: str,
        topics: Sequence[str],
        log: EventLog,
        store: ProjectionStore[U],
        handler: Handler[U],
        prepare: Callable[[ProjectionStore[U]], Awaitable[None]] = nothing_to_prepare,
        tracer: Tracer = NO_TRACER,
        linger_s: float = 0.0,
        election: LeaderElection | None = None,
        outage: Outage | None = None,
        batch: int = BATCH,
        timers: NoTimers | None = None,
        last_s: float = 0.0,
        followers: Collection[str] = (),
        steps: NoSteps | None = None,
    ) -> None:
        self._group = group
        self._topics = topics
        self._log = log
        self._store = store
        self._handler = handler
        self._prepare = prepare
        self._tracer = tracer
        self._linger_s = linger_s
        self._election = election or SoleReplica()
        self._outage = outage or Outage(group)
        self._consumer = log.consumer(group, topics, self._start)
        self._batch = batch
        self._timers = timers or NoTimers()
        self._last_s = last_s
        self._slices = _slices(log, store, group, batch, followers)
        self._steps = steps or NoSteps()
        self._uncommitted: dict[Partition, int] = {}
        self._suspect: dict[Partition, int] = {}
        self._accused: set[tuple[Partition, int]] = set()
        self._at: dict[Partition, int] = {}
        self._unended: list[Entry] = []
        # A series that begins above zero has not grown, for whoever asks by how much.
        DEAD_LETTERS.add(group, amount=0)
        ENTRIES_HANDLED.add(group, amount=0)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, retrying transient errors without bound."""
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while not stop.is_set():
            try:
                idle_s = await self._timers.tick(_IDLE_S)
                taken = await self.step(self._patience_s(idle_s))
                backoff.reset()
                self._outage.over()
                if not taken:
                    await asyncio.sleep(0)
                    await self._relay_and_commit(())
                elif taken < self._batch:
                    await asyncio.sleep(self._linger_s)
            except (Transient, Conflict) as error:
                self._outage.seen(error)
                await self._consumer.rewind()
                await asyncio.sleep(backoff.pause_s())
            except (Unusable, Interrupted):
                # Another replica, of the version that wrote the store, may go on.
                await self.close()
                raise
            except Invalid as error:
                # No entry is to blame: one that is was put aside where it was handled or relayed.
                await self.close()
                raise Unusable(error.message, code=error.code) from error
        await self._take_the_last()
        await self.close()

    async def _take_the_last(self) -> None:
        deadline = time.monotonic() + self._last_s
        try:
            while time.monotonic() < deadline and await self.step(0):
                pass
        except (C360Error, Interrupted) as error:
            # Whoever comes next takes what is left.
            code = getattr(error, "code", "INTERRUPTED")
            logger.warning("%s ends before it has taken all: %s", self._group, code)

    async def step(self, timeout_s: float) -> int:
        """Take what is next, relay it and tell the progress; how many entries came."""
        entries = Batch(await self._consumer.poll(self._batch, timeout_s))
        if entries:
            traces = (entry.traceparent for entry in entries)
            with self._tracer.batch(f"{self._group} batch", traces) as span:
                span.set_attribute("c360.entries", len(entries))
                await self._take(entries, self.relay)
                await self._timers.wake()
                await self._steps.step()
                await self._relay_and_commit(entries)
        else:
            await self._steps.step()
        return len(entries)

    async def exhaust(self) -> bool:
        """Step until no entry is found; whether one was. Transient errors as `retried` has them."""
        taken = 0
        while found := await retried(partial(self.step, 0), self._consumer.rewind):
            taken += found
        if self._steps.waits or self._steps.fails:
            await self._finish()
            await self._relay_and_commit(())
        return taken > 0

    async def _finish(self) -> None:
        """Do all that is left, for whoever takes the store for whole then."""
        await self._steps.finish()
        if self._steps.fails:
            message = f"not all that entries ask for was done by {self._group}: see its log"
            raise Unusable(message, code="STEPS_FAILED")

    async def feed(self, timeout_s: float) -> Sequence[Entry]:
        """Take what is next into the store and hold back what it causes.

        Transient errors as `retried` has them.
        """
        return await retried(partial(self._feed, timeout_s), self._consumer.rewind)

    async def _feed(self, timeout_s: float) -> Sequence[Entry]:
        entries = Batch(await self._consumer.poll(self._batch, timeout_s))
        if entries:
            await self._take(entries, _hold_back)
            await self._timers.wake()
            await self._finish()
        return entries

    async def relay(self) -> None:
        """Append the outbox to the log, if this worker may; see `c360_kernel.projection.relay`."""
        if await self._election.may_relay():
            # A batch causes entries about what it does not bring, too: mostly some, seldom many.
            await relay(self._log, self._store, self._group, 2 * self._batch)
        if self._slices is not None:
            self._slices.forget()

    def _patience_s(self, idle_s: float) -> float:
        """For how long to wait for entries, where nothing is due for `idle_s`."""
        if self._steps.waits:
            return 0.0
        waits = self._slices is not None and self._slices.waits
        return min(idle_s, _SLICE_S) if waits else idle_s

    async def _relay_and_commit(self, entries: Sequence[Entry]) -> None:
        """Relay what these caused, and tell the progress up to what is not done and relayed."""
        if self._slices is None or not await self._election.may_relay():
            await self.relay()
        else:
            await self._slices.relay(self._store, entries, self._steps.stamps)
        if self._slices is None or not self._slices.waits:
            self._steps.release()
        self._uncommitted |= _after(entries)
        if entries or not self._held():
            await self._commit()

    async def _commit(self) -> None:
        """Tell the progress, but for what is held."""
        held = self._held()
        done = {part: min(at, held.get(part, at)) for part, at in self._uncommitted.items()}
        if done:
            await self._consumer.commit(done)
        self._uncommitted = {p: at for p, at in self._uncommitted.items() if p in held}

    def _held(self) -> Mapping[Partition, int]:
        held = dict(self._steps.held)
        for partition, offset in self._slices.held.items() if self._slices is not None else ():
            held[partition] = min(offset, held.get(partition, offset))
        return held

    async def close(self) -> None:
        """Leave the group."""
        self._steps.close()
        await self._consumer.close()
        await self._election.close()
        await self._timers.close()

    async def _start(self) -> Positions:
        await refuse_foreign(self._group, self._log, self._store)
        positions = await self._store.positions()
        self._at, self._uncommitted = dict(positions), {}
        await self._refuse_being_ahead(positions)
        await self._prepare(self._store)
        await self._steps.finish()
        for attempt in await self._attempts():
            known = self._suspect.get(attempt.partition, -1)
            self._suspect[attempt.partition] = max(known, attempt.last)
            if attempt.first == attempt.last and attempt.times == POISON_ATTEMPTS - 1:
                self._accused.add((attempt.partition, attempt.first))
        await self._timers.wake()
        # What an earlier life committed to the store but did not relay goes out first.
        await self.relay()
        self._steps.release()
        # Also where nothing is handled yet: an emptied store must not look as far as the old one.
        ends = await self._log.ends(self._topics)
        self._uncommitted = {partition: positions.get(partition, 0) for partition in ends}
        await self._commit()
        return positions

    async def _refuse_being_ahead(self, positions: Positions) -> None:
        ends = await self._log.ends(self._topics)
        if any(offset > ends.get(partition, 0) for partition, offset in positions.items()):
            raise SettingsError(
                f"the {self._group} store is ahead of its log: they do not belong together",
                code="PROJECTION_AHEAD",
            )

    async def _take(self, entries: Sequence[Entry], relay: _Relay) -> None:
        if self._are_suspect(entries):
            await self._take_singly(entries, relay)
        else:
            await self._take_together(entries, relay)
        ENTRIES_HANDLED.add(self._group, amount=len(entries))

    async def _take_together(self, entries: Sequence[Entry], relay: _Relay) -> None:
        await self._begin(entries)
        try:
            await self._handle(entries)
        except _BLAMELESS:
            await self._end(entries)
            raise
        except asyncio.CancelledError:
            await self._leave(entries)
            raise
        except Exception as error:
            logger.warning(
                "%s takes a batch apart: %s", self._group, getattr(error, "code", "INTERNAL")
            )
            await self._end(entries)
            await self._take_singly(entries, relay)
        else:
            await self._end(entries)

    async def _take_singly(self, entries: Sequence[Entry], relay: _Relay) -> None:
        """Each is relayed before the next, so that little waits however many there are."""
        for entry in entries:
            while not await self._take_one(entry):
                pass
            await relay()

    async def _take_one(self, entry: Entry) -> bool:
        if await self._times_begun(entry) >= POISON_ATTEMPTS:
            await self._put_aside(entry, "HANDLER_FAILED")
            return True
        await self._live_a_little(entry)
        await self._begin([entry])
        try:
            await self._handle([entry])
        except Invalid as error:
            await self._put_aside(entry, error.code)
        except _BLAMELESS:
            await self._end([entry])
            raise
        except asyncio.CancelledError:
            await self._leave([entry])
            raise
        except Exception:
            logger.error("%s failed on one entry", self._group)
            return False
        else:
            await self._end([entry])
        return True

    async def _live_a_little(self, entry: Entry) -> None:
        """Wait before an entry that earlier processes died on is begun for the last time."""
        named = (entry.topic_partition, entry.offset)
        if named in self._accused:
            self._accused.discard(named)
            await asyncio.sleep(LAST_TRY_S)

    async def _handle(self, entries: Sequence[Entry]) -> None:
        async with self._store.unit() as unit:
            untimed = await self._timers.untimed(unit, entries)
            if untimed:
                await self._handler.handle(unit, untimed)
            await unit.advance(self._before(entries), _after(entries))
        self._at |= _after(entries)

    def _before(self, entries: Sequence[Entry]) -> dict[Partition, int]:
        """What must be handled by now, of topics that have no gaps. Another's tick does no harm.

        Of what goes once it is handled, a store that is behind finds the first entries gone.
        """
        before: dict[Partition, int] = {}
        for partition, span in spans_of(entries).items():
            if partition.topic in FOR_EVER:
                before[partition] = span.first
            elif partition.topic in HANDLED:
                before[partition] = min(span.first, self._at.get(partition, 0))
        return before

    async def _put_aside(self, entry: Entry, code: str) -> None:
        async with self._store.unit() as unit:
            await unit.dead_letter(entry, self._group, code)
            await unit.advance(self._before([entry]), _after([entry]))
        self._at |= _after([entry])
        await self._end([entry])
        DEAD_LETTERS.add(self._group)

    async def _times_begun(self, entry: Entry) -> int:
        here = entry.topic_partition
        return sum(
            attempt.times
            for attempt in await self._attempts()
            if attempt.partition == here and attempt.first == attempt.last == entry.offset
        )

    async def _begin(self, entries: Sequence[Entry]) -> None:
        try:
            await self._store.begin(entries)
        except (Transient, Conflict):
            self._unended += entries  # the store may have noted it all the same
            raise

    async def _end(self, entries: Sequence[Entry]) -> None:
        try:
            await self._store.end(entries)
        except (Transient, Conflict):
            self._unended += entries
            raise

    async def _leave(self, entries: Sequence[Entry]) -> None:
        """End what a stop cancelled, if the store answers: whoever cancels waits little longer.

        A cancellation that nobody asked for may be of what an entry does.
        """
        this = asyncio.current_task()
        if this is None or not this.cancelling():
            return
        with suppress(*_BLAMELESS, TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await self._end(entries)

    async def _attempts(self) -> Sequence[Attempt]:
        """What may have killed a process.

        What this one could not tell the end of, because the store was away, did not: else a
        store that goes away three times would look like an entry that kills.
        """
        if self._unended:
            await self._store.end(self._unended)
            self._unended = []
        return await self._store.attempts()

    def _are_suspect(self, entries: Sequence[Entry]) -> bool:
        """Whether one of them may have killed a process."""
        suspect = self._suspect
        return bool(suspect) and any(
            span.first <= suspect.get(partition, -1)
            for partition, span in spans_of(entries).items()
        )


def _slices(
    log: EventLog,
    store: ProjectionStore[Any],
    group: str,
    size: int,
    followers: Collection[str],
) -> Slices | None:
    """Without followers, or with a store that cannot, all is relayed as it comes."""
    if not followers or not isinstance(store, SlicedStore):
        return None
    return Slices(log, store, group, size, followers)


async def _hold_back() -> None:
    """In the place of a relay, where what is caused is not to be told."""


def _after(entries: Sequence[Entry]) -> dict[Partition, int]:
    return {partition: span.last + 1 for partition, span in spans_of(entries).items()}
