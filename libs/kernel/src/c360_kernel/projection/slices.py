"""What one entry causes beyond measure goes to the log in slices, and others go before it.

One decision may take a customer of very many records apart. What that causes would stand before
all that others cause meanwhile, in the outbox and with everybody who reads the topic. So it waits,
and goes slice by slice as its readers keep up. Entries of one key keep their order.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from c360_kernel.log.entry import Entry, Partition
from c360_kernel.log.port import EventLog
from c360_kernel.projection.port import Outgoing, ProjectionStore
from c360_kernel.projection.relay import append_outgoing

PROMPT = 1_000
"""So many entries that one entry causes go at once; the rest waits."""
_LONGEST_WAIT_S = 1.0
"""A slice goes after so long, too, whatever readers do: one of them may be away."""


@runtime_checkable
class SlicedStore(Protocol):
    """A store whose outbox can be read from any place on."""

    async def outgoing_after(self, sequence: int, limit: int) -> Sequence[Outgoing]:
        """The oldest entries of the outbox after a sequence number."""
        ...


class Slices:
    """Relays a store's outbox. `followers` are the groups that a slice waits for."""

    def __init__(
        self, log: EventLog, store: SlicedStore, group: str, size: int, followers: Collection[str]
    ) -> None:
        self._log = log
        self._store = store
        self._group = group
        self._size = size
        self._followers = followers
        self._until = 0
        self._keys: set[tuple[str, str]] = set()
        self._topics: set[str] = set()
        self._held: dict[Partition, int] = {}
        self._sent_at = 0.0

    @property
    def held(self) -> Mapping[Partition, int]:
        """From which offsets on entries are handled, and not all that they cause is in the log."""
        return self._held

    @property
    def waits(self) -> bool:
        """Whether something waits for its slice."""
        return bool(self._keys)

    def forget(self) -> None:
        """All is relayed, or somebody else relays."""
        self._until = 0
        self._keys.clear()
        self._topics.clear()
        self._held.clear()

    async def relay(
        self, store: ProjectionStore[Any], handled: Sequence[Entry], slow: Collection[str] = ()
    ) -> None:
        """Relay what `handled` caused, and a slice of what waits.

        All that the entries of the stamps in `slow` cause waits, however little it is at once.
        """
        late = await self._relay_prompt(store, slow)
        for entry in handled if late else ():
            if entry.stamp in late:
                partition = entry.topic_partition
                self._held[partition] = min(entry.offset, self._held.get(partition, entry.offset))
        if self._keys and await self._is_time():
            await self._relay_slice(store)

    async def _relay_prompt(self, store: ProjectionStore[Any], slow: Collection[str]) -> set[str]:
        """Relay all but what has to wait; the stamps of what caused that."""
        counts: Counter[str] = Counter()
        late: set[str] = set()
        while page := await self._store.outgoing_after(self._until, self._size):
            prompt: list[Outgoing] = []
            for out in page:
                entry, key = out.entry, (out.entry.topic, out.entry.key)
                counts[entry.stamp] += 1
                is_slow = counts[entry.stamp] > PROMPT or entry.stamp in slow
                if is_slow or key in self._keys:
                    late.add(entry.stamp)
                    self._keys.add(key)
                    self._topics.add(entry.topic)
                else:
                    prompt.append(out)
            await self._send(store, prompt)
            if len(prompt) < len(page):
                self._until = page[-1].sequence
            if len(page) < self._size:
                break
        return late

    async def _relay_slice(self, store: ProjectionStore[Any]) -> None:
        page = await self._store.outgoing_after(0, self._size)
        await self._send(store, page)
        self._sent_at = time.monotonic()
        if len(page) < self._size:
            self.forget()

    async def _send(self, store: ProjectionStore[Any], outgoing: Sequence[Outgoing]) -> None:
        if outgoing:
            await append_outgoing(self._log, outgoing, self._group)
            await store.relayed([out.sequence for out in outgoing])

    async def _is_time(self) -> bool:
        """Whether readers have handled all but a slice of what they were sent."""
        if time.monotonic() - self._sent_at >= _LONGEST_WAIT_S:
            return True
        ends = await self._log.ends(sorted(self._topics))
        for group in self._followers:
            committed = await self._log.committed(group)
            if sum(end - committed.get(part, 0) for part, end in ends.items()) > self._size:
                return False
        return True
