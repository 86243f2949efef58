"""A projection's worker on a thread and an event loop of its own, beside whatever serves reads."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from c360_kernel.errors import Transient
from c360_kernel.log.port import EventLog
from c360_kernel.outage import Outage
from c360_kernel.projection.progress import Interrupted
from c360_kernel.projection.service import FedStore, Projection, Service
from c360_kernel.telemetry import NO_TRACER, Tracer

_PAUSE_S = 1.0
logger = logging.getLogger(__name__)


async def _at_once() -> None:
    """Nothing comes first."""


class WorkerThread:
    """Runs one projection's worker until stopped. `failed` is called once if it cannot go on.

    `before` comes first, in the same thread: there a store can be made anew.
    """

    def __init__(
        self,
        projection: Projection,
        open_log: Callable[[], EventLog],
        failed: Callable[[BaseException], None],
        tracer: Tracer = NO_TRACER,
        log_address: str = "",
        before: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        self._outage = Outage(projection.name, projection.address, log_address)
        self._projection = projection
        self._tracer = tracer
        self._open_log = open_log
        self._failed = failed
        self._before = before
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._is_cancelled = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{projection.name}-worker")

    def start(self) -> None:
        """Start and return once the loop runs."""
        self._thread.start()
        self._ready.wait()

    def request_stop(self) -> None:
        """Let it end after the batch at hand; what a changed catalog asks for is left half done."""
        if isinstance(self._projection, Service):
            self._projection.progress.interrupt()
        if self._loop is not None and self._stop is not None:
            # A loop that is closed has no worker any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)

    def stop(self) -> None:
        """Request it, and wait for the end."""
        self.request_stop()
        self._thread.join()

    def wait(self, seconds: float) -> None:
        """Wait for the end, and no longer than this."""
        self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Have it leave the batch at hand, which whoever comes next takes again."""
        if self._loop is not None and self._task is not None and self.is_alive:
            self._is_cancelled = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        try:
            asyncio.run(self._work())
        except Interrupted:
            self._leave_half_done()
        except (Exception, asyncio.CancelledError) as error:
            if self._is_cancelled:
                self._leave_half_done()
            else:
                self._fail(error)
        finally:
            self._ready.set()

    def _leave_half_done(self) -> None:
        logger.info("the %s worker ends with something half done", self._projection.name)

    def _fail(self, error: BaseException) -> None:
        code, message = getattr(error, "code", "INTERNAL"), getattr(error, "message", "")
        logger.error("the %s worker stopped: %s %s", self._projection.name, code, message)
        self._failed(error)

    async def _work(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.current_task()
        self._ready.set()
        await self._before()
        log, store = self._open_log(), self._projection.open_store()
        try:
            await self._open(log, store, self._stop)
            worker = self._projection.worker(log, store, self._tracer, self._outage)
            async with self._kept_up():
                await worker.run(self._stop)
        finally:
            await store.close()
            await log.close()

    @asynccontextmanager
    async def _kept_up(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self._keep_up())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_up(self) -> None:
        upkeep, name = self._projection.upkeep, self._projection.name
        while upkeep is not None:
            try:
                await upkeep()
            except Exception as error:
                # The text of an exception may quote a value.
                logger.error("%s is kept up again after %s", name, type(error).__name__)
            await asyncio.sleep(_PAUSE_S)

    async def _open(self, log: EventLog, store: FedStore, stop: asyncio.Event) -> None:
        """Wait for a store or a log that does not answer yet."""
        while not stop.is_set():
            try:
                await self._projection.opened(log, store)
            except Transient as error:
                self._outage.seen(error)
                await asyncio.sleep(_PAUSE_S)
            else:
                self._outage.over()
                return
