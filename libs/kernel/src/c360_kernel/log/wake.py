"""Waking readers of a log directory in this and other processes.

Each reader owns a named pipe in `<directory>/wake`; a writer puts one byte
into every pipe after its commit. A pipe without a reader is left over from a
process that died, and the next writer removes it. Readers poll as a fall-back,
so a lost wake costs time only.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
from pathlib import Path

_PIPE_FULL = (errno.EAGAIN, errno.EWOULDBLOCK)


class Waker:
    """The writer's side. Safe to call from one thread at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen = -1
        self._pipes: dict[Path, int] = {}

    def wake(self) -> None:
        """Wake every reader that can be found; the others look by themselves before long."""
        with contextlib.suppress(OSError):
            self._refresh()
        for path, descriptor in list(self._pipes.items()):
            try:
                os.write(descriptor, b"\0")
            except OSError as error:
                if error.errno not in _PIPE_FULL:
                    self._forget(path)

    def close(self) -> None:
        """Close all pipes."""
        for path in list(self._pipes):
            os.close(self._pipes.pop(path))

    def _refresh(self) -> None:
        changed = self._directory.stat().st_mtime_ns
        if changed == self._seen:
            return
        present = {path for path in self._directory.iterdir() if not path.name.startswith(".")}
        for path in set(self._pipes) - present:
            os.close(self._pipes.pop(path))
        for path in present - set(self._pipes):
            self._open(path)
        self._seen = changed

    def _open(self, path: Path) -> None:
        try:
            self._pipes[path] = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            path.unlink(missing_ok=True)

    def _forget(self, path: Path) -> None:
        os.close(self._pipes.pop(path))
        path.unlink(missing_ok=True)


class Sleeper:
    """The reader's side, bound to the event loop that first sleeps on it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._path = directory / name
        # Hidden until it has a reader, or a writer would take it for left over.
        hidden = directory / f".{name}"
        os.mkfifo(hidden, mode=0o600)
        self._descriptor = os.open(hidden, os.O_RDWR | os.O_NONBLOCK)
        hidden.rename(self._path)
        self._event = asyncio.Event()
        self._sleeping = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def sleep(self, timeout_s: float) -> None:
        """Return when woken since the last call, or after the time-out."""
        event = self._listen()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await event.wait()
        finally:
            self._leave()

    def close(self) -> None:
        """Remove the pipe."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _listen(self) -> asyncio.Event:
        # Only while someone sleeps: who is busy need not be woken by every commit.
        if not self._sleeping:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._descriptor, self._woken)
        self._sleeping += 1
        return self._event

    def _leave(self) -> None:
        self._sleeping -= 1
        if not self._sleeping and self._loop is not None:
            self._loop.remove_reader(self._descriptor)
            self._loop = None

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, 65536)
        self._event.set()
        self._event = asyncio.Event()
