"""A service's worker on a thread and an event loop of its own, beside whatever serves reads."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from c360_kernel.log.port import EventLog
from c360_kernel.projection.rebuild import next_epoch
from c360_kernel.service import Service

logger = logging.getLogger(__name__)


class WorkerThread:
    """Runs one service's worker until stopped. `failed` is called once if it cannot go on."""

    def __init__(
        self,
        service: Service,
        open_log: Callable[[], EventLog],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._service = service
        self._open_log = open_log
        self._failed = failed
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{service.name}-worker")

    def start(self) -> None:
        """Start and return once the loop runs."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception as error:
            logger.error(
                "the %s worker stopped: %s", self._service.name, getattr(error, "code", "INTERNAL")
            )
            self._failed(error)
        finally:
            self._ready.set()

    async def _work(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        log, store = self._open_log(), self._service.open_store()
        try:
            if not await store.positions():
                await store.start_epoch(await next_epoch(log, self._service.derived))
            await self._service.worker(log, store).run(self._stop)
        finally:
            await store.close()
            await log.close()
