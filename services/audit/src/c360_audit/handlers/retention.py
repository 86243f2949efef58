"""How long looks stay in the audit log: the oldest go, some at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from c360_kernel.errors import Conflict, Transient, Unusable
from c360_kernel.stamp import wall_clock_ms

from c360_audit.domain.trimmed import Trimmed
from c360_audit.store.cutting import cut_edge
from c360_audit.store.port import AuditLog
from c360_audit.store.signing import TreeSigner

_DAY_MS = 86_400_000
_LOOK_AGAIN_S = 3_600.0
# So many at a time and so far apart that writers of the same store hardly notice.
_BATCH = 500
_PAUSE_S = 0.05
_STATEMENT = "gone"


class AuditRetention:
    """Removes what is older than `days` from a store of its own opening, once an hour.

    A clock that is wrong by years would remove what is not old: that one is refused at the start
    where the log shows it (CLOCK_BEHIND). The embedded log removes its entries of them too, once
    they are handled (`c360_kernel.log.retention`). `keep_edge` is told of each partition what its
    later trees follow from, before anything goes.
    """

    def __init__(
        self,
        open_store: Callable[[], AuditLog],
        days: float,
        signer: TreeSigner,
        now_ms: Callable[[], int] = wall_clock_ms,
        keep_edge: Callable[[int, str], None] | None = None,
    ) -> None:
        self._open_store = open_store
        self._kept_ms = int(days * _DAY_MS)
        self._signer = signer
        self._now_ms = now_ms
        self._keep_edge = keep_edge

    async def run(self) -> None:
        """Look again for ever; a store that is away is looked at next time."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            with contextlib.suppress(Transient, Conflict, Unusable):
                await self.expire()

    async def expire(self) -> int:
        """Remove all that is too old; how much that was."""
        removed, store = 0, self._open_store()
        before = self._now_ms() - self._kept_ms
        try:
            await self._keep_edges(store, before)
            await self._state(store, before)
            while gone := await store.expire(before, _BATCH):
                removed += gone
                await asyncio.sleep(_PAUSE_S)
        finally:
            await store.close()
        return removed

    async def _state(self, store: AuditLog, before: int) -> None:
        """Say, signed, what may be gone, before it goes: nobody else can remove it unnoticed."""
        gone = Trimmed(before, await store.trees.younger(before))
        await store.trees.state(_STATEMENT, self._signer.statement(gone.text))

    async def _keep_edges(self, store: AuditLog, before: int) -> None:
        """Keep what later trees follow from, before the log or the store lets go of anything.

        The log lets go by itself: a day ahead, so that it never has gone further.
        """
        if self._keep_edge is None:
            return
        for partition, size in (await store.trees.younger(before + _DAY_MS)).items():
            text = await cut_edge(store.trees, self._signer, partition, size) if size else None
            if text is not None:
                self._keep_edge(partition, text)
