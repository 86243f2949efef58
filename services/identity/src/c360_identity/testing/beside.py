"""Feeding an embedded store as a worker does that leaves large solves, with lives that end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from c360_kernel.codec import decode
from c360_kernel.evidence.rules import Rules
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import IDENTITIES
from c360_kernel.payload import RecordAssigned
from c360_kernel.record import RecordKey

from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.large import LargeCustomers
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.matching import Matching
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import IDS, feed

_STATE = (
    "SELECT r.source, r.key, s.source, s.key, r.plain, r.numbered"
    " FROM record r LEFT JOIN record s ON s.id = r.seed"
)


class Beside:
    """After each batch come a few steps, or a kill and a new life, which ends what was left."""

    def __init__(
        self,
        path: Path,
        rules: Rules,
        handler: Callable[[LargeSolves], IdentityHandler],
        matching: Matching | None = None,
    ) -> None:
        self._path = path
        self._handler_of = handler
        self._given = (rules, IDS, LargeCustomers(IDS), matching)
        self.left = 0
        """After how many batches something was left."""
        self._begin()

    def _begin(self) -> None:
        self.store = SqliteIdentityStore(self._path, IDS)
        self.store.connection.execute("PRAGMA synchronous=OFF")
        self.solves = LargeSolves(*self._given).over(self.store)
        self.handler = self._handler_of(self.solves)

    async def feed(self, batches: Sequence[Sequence[Entry]], chance: Random) -> None:
        """Feed these, and end what is left."""
        for batch in batches:
            await feed(self.store, self.handler, [batch])
            for _ in range(chance.choice((0, 1, 3, 9, 30))):
                await self.solves.step()
            self.left += self.solves.waits
            if chance.random() < 0.1:
                await self.die()
                await self.solves.finish()
        await self.solves.finish()

    async def die(self) -> None:
        """Whatever was under way is lost, and another process opens the file."""
        self.solves.close()
        await self.store.close()
        self._begin()

    def state(self) -> Mapping[RecordKey, tuple[Any, ...]]:
        """By record its customer, and what is known of that."""
        rows = self.store.connection.execute(_STATE).fetchall()
        return {RecordKey(*row[:2]): (row[2] and RecordKey(*row[2:4]), *row[4:]) for row in rows}

    async def said(self) -> Mapping[RecordKey, str]:
        """What a consumer that read everything believes; each entry must have said something."""
        said: dict[RecordKey, RecordAssigned] = {}
        for one in await self.store.outgoing(1_000_000):
            payload: RecordAssigned = decode(IDENTITIES, one.entry.data)
            before = said.get(payload.record)
            assert before is None or before.version < payload.version
            assert before is None or before.customer == payload.left != payload.customer
            said[payload.record] = payload
        return {record: payload.customer for record, payload in said.items()}
