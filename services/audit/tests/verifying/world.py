"""A log and an audit store that agree, and ways to touch them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from c360_audit.bootstrap import build
from c360_audit.settings import AuditSettings
from c360_audit.store.verifying import Verdict, verify
from c360_audit.testing.entries import operation
from c360_audit.testing.signing import KEYS
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.testing.entries import new_entry

COORDINATES = ("Profile.phone", "Profile.name", "Query.customers(filter:)")


def random_entry(n: int, dice: random.Random) -> NewEntry:
    principal = f"p{dice.randrange(7)}"
    act = operation(
        at=1_700_000_000_000 + n,
        principal=principal,
        subjects=dice.sample(["aa", "bb", "cc", "dd"], dice.randrange(4)),
        coordinates=dice.sample(COORDINATES, dice.randrange(4)),
    )
    return new_entry(AUDIT, principal, act, entry_id=f"audit:{n}")


class World:
    """An instance's audit, fed and closed."""

    def __init__(self, data: Path, store: str | None = None) -> None:
        self.data = data
        sealer = CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))
        settings = AuditSettings(data=data, audit_store=store)
        self.service = build(settings, default_catalog(), sealer, KEYS)

    async def fill(self, count: int, batch: int = 7, seed: int = 1) -> None:
        dice = random.Random(seed)
        log, store = SqliteLog(self.data / "log"), self.service.open_store()
        await self.service.opened(log, store)
        worker = self.service.worker(log, store)
        for first in range(0, count, batch):
            await log.append(
                [random_entry(n, dice) for n in range(first, min(first + batch, count))]
            )
            while await worker.step(0):
                pass
        await worker.close()
        await store.close()
        await log.close()

    async def refill(self) -> None:
        """Lose the store, and fill a new one from what the log has."""
        for suffix in ("", "-wal", "-shm"):
            (self.data / f"audit.db{suffix}").unlink(missing_ok=True)
        log, store = SqliteLog(self.data / "log"), self.service.open_store()
        await self.service.opened(log, store)
        worker = self.service.worker(log, store)
        while await worker.step(0):
            pass
        await worker.close()
        await store.close()
        await log.close()

    async def verify(
        self, elsewhere: dict[str, Sequence[str]] | None = None, edges: Sequence[str] = ()
    ) -> Verdict:
        log, store = SqliteLog(self.data / "log"), self.service.open_store()
        try:
            async with store.evidence() as evidence:
                return await verify(log, evidence, KEYS, elsewhere or {}, 0, edges)
        finally:
            await store.close()
            await log.close()

    async def notes(self) -> list[str]:
        store = self.service.open_store()
        try:
            return list((await store.trees.newest()).values())
        finally:
            await store.close()

    def log_file(self) -> sqlite3.Connection:
        return sqlite3.connect(self.data / "log" / "log.db", isolation_level=None)

    def store_file(self) -> sqlite3.Connection:
        return sqlite3.connect(self.data / "audit.db", isolation_level=None)
