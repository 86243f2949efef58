"""Each domain service in a process of its own, watched and started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from c360_kernel.backoff import Backoff

from c360_cli.running.children import Children
from c360_cli.running.forking import STANDARD_INPUT, ForkedProcess
from c360_cli.running.ports import LOOPBACK

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
# Shorter than this process itself has, which first ends its gateway.
_END_S = 13.0
_TLS = "C360_TLS_"

logger = logging.getLogger(__name__)


class Supervisor:
    """Keeps `c360 serve SERVICE` running for every service until stopped.

    Those that are `forked` already are begun; one that ended is started from disk.
    """

    def __init__(
        self,
        data: Path,
        ports: Mapping[str, int],
        children: Children,
        forked: Mapping[str, ForkedProcess],
    ) -> None:
        self._data = data
        self._ports = ports
        self._children = children
        self._forked = dict(forked)
        self._keepers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start every service."""
        self._keepers = [asyncio.create_task(self._keep(name)) for name in self._ports]

    async def stop(self) -> None:
        """End every service and wait for it."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _keep(self, name: str) -> None:
        backoff = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            process = await self._spawn(name)
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                await end(process)
                raise
            self._children.ended(name, code)
            logger.warning("the %s service ended with %s and is started again", name, code)
            await asyncio.sleep(backoff.pause_s())

    async def _spawn(self, name: str) -> asyncio.subprocess.Process | ForkedProcess:
        if forked := self._forked.pop(name, None):
            forked.begin()
            return forked
        command = [sys.executable, "-m", "c360_cli", "serve", name, "--host", LOOPBACK]
        place = ["--data", str(self._data), "--port", str(self._ports[name])]
        # The pipe ends when this process does, however it dies, and the child then follows.
        return await asyncio.create_subprocess_exec(
            *command,
            *place,
            "--with-parent",
            stdin=asyncio.subprocess.PIPE,
            # Parent and children talk over loopback; what the parent shows is for those outside.
            env={name: os.environ[name] for name in os.environ.keys() - _tls_settings()},
            # A terminal's interrupt is for the parent, which ends its children in order.
            start_new_session=True,
        )


async def end(process: asyncio.subprocess.Process | ForkedProcess) -> None:
    """Tell a process to end, and make it where that takes long."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def begin_forked() -> None:
    """Be, in a process that was forked, what one that is started from disk is."""
    for name in _tls_settings():
        del os.environ[name]
    follow_parent()


def _tls_settings() -> set[str]:
    return {name for name in os.environ if name.startswith(_TLS)}


def follow_parent() -> None:
    """End this process when its standard input ends, which is when its parent does."""

    def watch() -> None:
        while os.read(STANDARD_INPUT, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
