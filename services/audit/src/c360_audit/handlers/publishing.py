"""Signed checkpoints are kept elsewhere: in files, in the log, by witnesses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from c360_kernel.backoff import Backoff
from c360_kernel.errors import C360Error
from c360_kernel.metrics import CHECKPOINTS_KEPT
from c360_kernel.outage import Outage

from c360_audit.store.port import AuditLog

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0


class CheckpointSink(Protocol):
    """Somewhere that checkpoints are kept. It is told of new ones every `every_s` at most.

    `kind` is what its metric calls it.
    """

    name: str
    kind: str
    every_s: float

    async def keep(self, notes: Mapping[int, str], store: AuditLog) -> None:
        """Keep the newest checkpoint of each partition. Raises `C360Error`; is asked again then."""
        ...


class CheckpointPublisher:
    """Tells each sink by itself of what was signed, for ever: one that is away delays no other.

    `at_the_end` is told once more when it is stopped.
    """

    def __init__(
        self,
        open_store: Callable[[], AuditLog],
        sinks: Sequence[CheckpointSink],
        at_the_end: CheckpointSink,
    ) -> None:
        self._open_store = open_store
        self._sinks = sinks
        self._at_the_end = at_the_end

    async def run(self) -> None:
        """Go on until cancelled."""
        store = self._open_store()
        try:
            await asyncio.gather(*(self._keep(one, store) for one in self._sinks))
        finally:
            try:
                await self._at_the_end.keep(await store.trees.newest(), store)
            finally:
                await store.close()

    async def _keep(self, sink: CheckpointSink, store: AuditLog) -> None:
        outage, backoff = Outage(sink.name), Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        newest_notes: Mapping[int, str] = {}
        while True:
            try:
                notes = await store.trees.newest()
                if notes != newest_notes:
                    await sink.keep(notes, store)
                    newest_notes = notes
                    CHECKPOINTS_KEPT.add(sink.kind, "OK")
            except C360Error as error:
                outage.seen(error)
                CHECKPOINTS_KEPT.add(sink.kind, error.code)
                await asyncio.sleep(backoff.pause_s())
            else:
                outage.over()
                backoff.reset()
                await asyncio.sleep(sink.every_s)
