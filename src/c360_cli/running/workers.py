"""Worker threads beside a server: they start with it, and it ends when one of them cannot go on."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from c360_kernel.errors import C360Error, Unusable
from c360_kernel.metrics import WORKERS_STOPPED
from c360_kernel.outage import address_of
from c360_kernel.projection.service import DerivingService, Projection
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.stopped import StoppedWorkers
from c360_kernel.telemetry import Tracer
from c360_kernel.tracing import open_tracer
from uvicorn import Server

from c360_cli.assembly import Instance
from c360_cli.projections.mending import renew
from c360_cli.running.background import served_beside, unwind_when_told_to_end
from c360_cli.running.introducing import Introduce, introduce
from c360_cli.running.tuning import tune_process

# For the batch at hand, and for what the audit service takes at its end.
_STOP_S = 8.0
_CANCELLED_S = 4.0

Before = Callable[[], Awaitable[None]]


class WorkerFailed(C360Error):
    """A projection cannot go on, so the process that feeds it ends."""

    code = "WORKER_FAILED"


async def _nothing() -> None:
    """The store is as it has to be."""


class Workers:
    """The worker threads of a process, by projection.

    What ended the process is in `failures`. A store that cannot be used stops its own worker
    alone, which `stopped` tells: what it holds is still read, and the rest goes on.
    """

    def __init__(self, instance: Instance, serving: Server, stopped: StoppedWorkers) -> None:
        self.failures: list[BaseException] = []
        self._instance = instance
        self._serving = serving
        self._stopped = stopped
        self._threads: dict[str, WorkerThread] = {}
        self._tracers: dict[str, Tracer] = {}
        self._open = ExitStack()

    def start(self, projection: Projection, before: Before = _nothing) -> None:
        """Feed a projection, `before` first, in the place of its last worker, which must be ended.

        Called from one thread.
        """
        name, settings = projection.name, self._instance.settings
        if name not in self._tracers:
            self._tracers[name] = self._open.enter_context(traced(self._instance, name))
        self._stopped.begun(name)
        self._threads[name] = WorkerThread(
            projection,
            self._instance.open_log,
            partial(self._failed, name),
            self._tracers[name],
            address_of(settings.log),
            before,
        )
        self._threads[name].start()

    def end(self, name: str) -> None:
        """Wait for the end of a projection's worker."""
        thread = self._threads.get(name)
        if thread is not None:
            # Until then it is one of those that the process ends.
            thread.stop()
            self._threads.pop(name, None)

    def close(self) -> None:
        """End them all, side by side; one that takes long is cancelled, and then left."""
        threads = list(self._threads.values())
        for thread in threads:
            thread.request_stop()
        _wait_for(threads, _STOP_S)
        for thread in threads:
            thread.cancel()
        _wait_for(threads, _CANCELLED_S)
        self._open.close()

    def _failed(self, projection: str, error: BaseException) -> None:
        WORKERS_STOPPED.add(projection, getattr(error, "code", "INTERNAL"))
        if isinstance(error, Unusable):
            self._stopped.add(projection, error.code)
            return
        self.failures.append(error)
        self._serving.should_exit = True


def _wait_for(threads: Sequence[WorkerThread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.wait(max(0.0, deadline - time.monotonic()))


@contextmanager
def traced(instance: Instance, service: str) -> Generator[Tracer]:
    """The tracer of a service for a block, whose last spans are sent at its end."""
    settings = instance.settings
    tracer = open_tracer(service, settings.otlp_endpoint, settings.trace_sample)
    try:
        yield tracer
    finally:
        tracer.close()


class Live:
    """Services that follow the catalog: `begin` with the workers, `watch` for ever."""

    @property
    def fed(self) -> Sequence[Projection]:
        """What they are now."""
        return ()

    def begin(self, workers: Workers) -> None:
        """Start what is fed."""

    async def watch(self) -> None:
        """Nothing to look at."""

    async def close(self) -> None:
        """Let go what answers: nobody asks any more, and nothing is fed."""


NOTHING_LIVE = Live()


async def serve_and_feed(
    instance: Instance,
    projections: Sequence[Projection],
    serving: Server,
    stopped: StoppedWorkers,
    *beside: Introduce,
    live: Live = NOTHING_LIVE,
) -> None:
    """Serve until told to stop; raises what stopped a worker, if one could not go on.

    `beside` are asked before anything is listened to; see `introduce`. `live` feeds more.
    """
    tune_process()
    for projection in projections:
        if not isinstance(projection, DerivingService):
            await renew(projection)
    await introduce(instance, [*live.fed, *projections], *beside)
    unwind_when_told_to_end()
    workers = Workers(instance, serving, stopped)
    try:
        live.begin(workers)
        for projection in projections:
            workers.start(projection)
        await served_beside(live.watch(), serving.serve())
    finally:
        workers.close()
        await live.close()
    for failure in workers.failures:
        if isinstance(failure, C360Error):
            raise failure
        raise WorkerFailed("a worker ended unexpectedly") from failure
