"""Worker threads beside a server: they start with it, and it ends when one of them cannot go on."""

from __future__ import annotations

import signal
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from c360_kernel.errors import C360Error, Unusable
from c360_kernel.outage import address_of
from c360_kernel.projection.stopped import StoppedWorkers
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.service import Projection, Service
from c360_kernel.telemetry import Tracer, open_tracer
from uvicorn import Server

from c360_cli.assembly import Instance
from c360_cli.introducing import Introduce, introduce
from c360_cli.mending import renew
from c360_cli.tuning import tune_process


class WorkerFailed(C360Error):
    """A projection cannot go on, so the process that feeds it ends."""

    code = "WORKER_FAILED"


@contextmanager
def feeding(
    instance: Instance,
    projections: Sequence[Projection],
    serving: Server,
    stopped: StoppedWorkers,
) -> Generator[list[BaseException]]:
    """Feed these projections for a block; what ended the process is in the list that it yields.

    A store that cannot be used stops its own worker alone, which `stopped` tells: what it holds
    is still read, and the rest goes on.
    """
    failures: list[BaseException] = []

    def failed(projection: str, error: BaseException) -> None:
        if isinstance(error, Unusable):
            stopped.add(projection, error.code)
            return
        failures.append(error)
        serving.should_exit = True

    with ExitStack() as stopping:
        for projection in projections:
            tracer = stopping.enter_context(traced(instance, projection.name))
            end = partial(failed, projection.name)
            log = address_of(instance.settings.log)
            thread = WorkerThread(projection, instance.open_log, end, tracer, log)
            thread.start()
            stopping.callback(thread.stop)
        yield failures


@contextmanager
def traced(instance: Instance, service: str) -> Generator[Tracer]:
    """The tracer of a service for a block, whose last spans are sent at its end."""
    settings = instance.settings
    tracer = open_tracer(service, settings.otlp_endpoint, settings.trace_sample)
    try:
        yield tracer
    finally:
        tracer.close()


async def serve_and_feed(
    instance: Instance,
    projections: Sequence[Projection],
    serving: Server,
    stopped: StoppedWorkers,
    *beside: Introduce,
) -> None:
    """Serve until told to stop; raises what stopped a worker, if one could not go on.

    `beside` are asked before anything is listened to; see `introduce`.
    """
    tune_process()
    for projection in projections:
        if not isinstance(projection, Service):
            await renew(projection)
    await introduce(instance, projections, *beside)
    signal.signal(signal.SIGTERM, _end)
    with feeding(instance, projections, serving, stopped) as failures:
        await serving.serve()
    for failure in failures:
        if isinstance(failure, C360Error):
            raise failure
        raise WorkerFailed("a worker ended unexpectedly") from failure


def _end(number: int, _: object) -> None:
    """Unwind instead of dying on the spot.

    The server gives SIGTERM back once it has stopped; workers and stores are still open then.
    """
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)
