"""Sends what is due: asked for at that moment, packed, sent, and what came of it kept.

What a try came to is kept after it. A process that is killed between sending and keeping sends once
more, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

from c360_kernel.errors import C360Error, Transient
from c360_kernel.metrics import DELIVERIES
from c360_kernel.outgoing.secret_files import secret_in
from c360_mapping.refusals import RowRefused

from c360_activation.domain.delivery import Delivery, Message, Outcome, Standing
from c360_activation.domain.parcel import Fields, parcel_of
from c360_activation.domain.subscribing import Destinations
from c360_activation.domain.syncing import UNCHANGED, Rows, held_without
from c360_activation.domain.telling import SETTLED_MS, Withheld, may_be_of_before, withheld
from c360_activation.domain.trying import (
    Verdict,
    after_failure,
    after_no_answer,
    verdict_of,
)
from c360_activation.handlers.asking import Ask
from c360_activation.handlers.channels.port import Channel, Send
from c360_activation.store.port import ActivationStore

_log = logging.getLogger(__name__)
_AT_ONCE = 8
_PAUSE_S, _AWAY_S = 0.25, 5.0
_DAY_MS = 86_400_000
_EXPIRED = 1_000


Hold: TypeAlias = Callable[[str], Awaitable[None]]
"""Keeps what a destination may hold, before it is told."""


class _Packed(NamedTuple):
    """What sends a message, and what is held once it was taken, or was not; None for no change."""

    send: Send
    taken: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """How messages leave. `by_consent` are the purposes that rest on consent.

    `channels` tell each destination, and `fields` map what is told to those that say so, by name;
    `keys` is the folder of their secrets.
    """

    destinations: Destinations
    by_consent: frozenset[str]
    ask: Ask
    channels: Mapping[str, Channel]
    fields: Mapping[str, Fields]
    keys: Path
    now_ms: Callable[[], int]

    async def attempt(self, one: Delivery, hold: Hold) -> Verdict:
        """Try one delivery; whatever happens is in the verdict, so that the others go on."""
        try:
            packed = await self._packed(one)
            if packed.failed not in (None, one.held):
                # Whoever is killed from here on may have told it, and has to take it back one day.
                await hold(packed.failed)
        except Withheld as kept:
            return Verdict(self._withheld(one, kept.code))
        except RowRefused as refused:
            return Verdict(self._withheld(one, refused.code))
        except Exception as error:
            outcome = self._unanswered(one, _code_of(error))
            # What has a code of its own is of the gateway or the keys, and so of all that waits.
            return Verdict(outcome, outcome.due if outcome.code != C360Error.code else 0)
        return await self._sent(one, packed)

    def _withheld(self, one: Delivery, why: str) -> Outcome:
        if not may_be_of_before(why, one.message, self.now_ms()):
            return Outcome("withheld", one.attempts, why, held=self._held_without(one, why))
        asked_last = one.message.at + SETTLED_MS
        outcome = self._unanswered(one, why)
        # Most rows are as they were: they are asked for once more, and not again and again.
        soon = asked_last if why == UNCHANGED else min(outcome.due, asked_last)
        return replace(outcome, due=soon)

    def _held_without(self, one: Delivery, why: str) -> str | None:
        destination = self.destinations[one.message.destination]
        return held_without(destination, why, one.held) if destination.sync else None

    def _unanswered(self, one: Delivery, code: str) -> Outcome:
        waited = max(one.due - one.changed, 0) * 2
        return after_no_answer(code, one.attempts, waited, self.now_ms())

    async def _packed(self, one: Delivery) -> _Packed:
        """What sends it now. Raises `Withheld` where nothing is to be sent."""
        message, destination = one.message, self.destinations[one.message.destination]
        channel = self.channels[destination.name]
        # What is asked for is on record as exported: first all that it needs has to be there.
        channel.ready()
        by_consent = destination.purpose in self.by_consent
        fields = self.fields.get(destination.name)
        if destination.sync:
            rows = Rows(destination, fields, self._key(destination.name), by_consent)
            told = await self.ask.told(destination, message.customer, destination.segments)
            step = rows.step(message, told, one.held)
            return _Packed(channel.packed(step.parcel), step.taken, step.failed)
        told = await self.ask.told(destination, message.customer, _segments_of(message))
        if why := withheld(message, told, by_consent=by_consent):
            raise Withheld(why)
        return _Packed(channel.packed(parcel_of(message, told, destination, fields)))

    def _key(self, name: str) -> bytes:
        return secret_in(self.keys / f"{name}.rows").encode()

    async def _sent(self, one: Delivery, packed: _Packed) -> Verdict:
        try:
            answer = await packed.send()
            verdict = verdict_of(answer, one.attempts, one.message.at, self.now_ms())
        except Exception as error:
            verdict = Verdict(after_failure(_code_of(error), one.attempts, self.now_ms()))
        held = packed.taken if verdict.outcome.status == "sent" else packed.failed
        return replace(verdict, outcome=replace(verdict.outcome, held=held))


def _segments_of(message: Message) -> Sequence[str]:
    return (message.segment,) if message.segment else ()


def _code_of(error: Exception) -> str:
    """The code to keep; what nobody foresaw is told by its type alone."""
    if not isinstance(error, C360Error):
        _log.error("a delivery was not sent: %s", type(error).__name__)
    return error.code if isinstance(error, C360Error) else C360Error.code


class Delivering:
    """Looks what is due, for ever. Of one customer one message is under way at a time."""

    def __init__(
        self, open_store: Callable[[], ActivationStore], sending: Sending, days: float
    ) -> None:
        self._open_store = open_store
        self._sending = sending
        self._kept_ms = int(days * _DAY_MS)
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send until cancelled; without destinations there is nothing to look at."""
        if not self._sending.destinations:
            await asyncio.Event().wait()
        store = self._open_store()
        try:
            while True:
                await self._look(store)
                await self._pause()
        finally:
            await self._stop()
            await store.close()

    async def _look(self, store: ActivationStore) -> None:
        """A store that is away for a while ends nothing: what is under way waits to be kept."""
        try:
            await self._expire(store)
            await self.begin_due(store)
        except Transient as error:
            _log.error("deliveries wait for their store: %s", error.code)
            await asyncio.sleep(_AWAY_S)

    async def begin_due(self, store: ActivationStore) -> None:
        """Begin whatever is due and not under way."""
        for name in self._sending.destinations:
            for one in await store.due(name, self._sending.now_ms(), _AT_ONCE):
                # By customer: a replay may put an older message before the one that is under way.
                if one.queue not in self._under_way:
                    task = asyncio.create_task(self._deliver(store, one))
                    self._under_way[one.queue] = task

    async def settled(self) -> None:
        """Return once nothing is under way. Raises what a try failed with by itself."""
        await asyncio.gather(*self._under_way.values())

    async def _pause(self) -> None:
        """Until something is done, or a moment."""
        if self._under_way:
            done, _ = await asyncio.wait(
                self._under_way.values(), timeout=_PAUSE_S, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        else:
            await asyncio.sleep(_PAUSE_S)

    async def _deliver(self, store: ActivationStore, one: Delivery) -> None:
        try:
            verdict = await self._sending.attempt(one, partial(self._hold, store, one))
            await self._keep(store, one, verdict)
        finally:
            del self._under_way[one.queue]

    async def _hold(self, store: ActivationStore, one: Delivery, held: str) -> None:
        waits = Outcome("waiting", one.attempts, one.code, one.due, held)
        await store.settle(one.number, waits, self._sending.now_ms())

    async def _keep(self, store: ActivationStore, one: Delivery, verdict: Verdict) -> None:
        """Until it is kept the delivery stays under way, or it would be sent again at once."""
        pause = _PAUSE_S
        while not await self._is_kept(store, one, verdict):
            await asyncio.sleep(pause)
            pause = min(pause * 2, _AWAY_S)

    async def _is_kept(self, store: ActivationStore, one: Delivery, verdict: Verdict) -> bool:
        try:
            await self._kept(store, one, verdict)
        except Transient as error:
            _log.error("what a delivery came to is not kept yet: %s", error.code)
            return False
        return True

    async def _kept(self, store: ActivationStore, one: Delivery, verdict: Verdict) -> None:
        name, now = one.message.destination, self._sending.now_ms()
        await store.settle(one.number, verdict.outcome, now)
        if verdict.disabled or verdict.paused_until:
            await store.hold(name, Standing(verdict.paused_until, verdict.disabled))
        DELIVERIES.add(name, verdict.outcome.status)

    async def _expire(self, store: ActivationStore) -> None:
        await store.expire(self._sending.now_ms() - self._kept_ms, _EXPIRED)

    async def _stop(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def purposes_by_consent(bases: Mapping[str, str]) -> frozenset[str]:
    """The purposes for which nobody's data leaves without a consent; `bases` by purpose."""
    return frozenset(name for name, basis in bases.items() if basis == "consent")
