"""Worker threads beside a server: they start with it, and it ends when one of them cannot go on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from c360_kernel.errors import C360Error
from c360_kernel.projection.thread import WorkerThread
from c360_kernel.service import Service
from uvicorn import Server

from c360_cli.assembly import Instance
from c360_cli.tuning import tune_process


class WorkerFailed(C360Error):
    """A projection cannot go on, so the process that feeds it ends."""

    code = "WORKER_FAILED"


@contextmanager
def feeding(
    instance: Instance, services: Sequence[Service], serving: Server
) -> Generator[list[BaseException]]:
    """Feed these services for a block; what stopped a worker is in the list that it yields."""
    failures: list[BaseException] = []

    def failed(error: BaseException) -> None:
        failures.append(error)
        serving.should_exit = True

    threads = [WorkerThread(service, instance.open_log, failed) for service in services]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        for thread in threads:
            thread.stop()


async def serve_and_feed(instance: Instance, services: Sequence[Service], serving: Server) -> None:
    """Serve until told to stop; raises what stopped a worker, if one could not go on."""
    tune_process()
    with feeding(instance, services, serving) as failures:
        await serving.serve()
    for failure in failures:
        if isinstance(failure, C360Error):
            raise failure
        raise WorkerFailed("a worker ended unexpectedly") from failure
