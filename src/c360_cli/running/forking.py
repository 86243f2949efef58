"""Processes that are forked before this one has an event loop or a thread, and wait to be begun.

All of them share the modules that this one has read, which to read is most of a start: as servers
that fork before they serve (Gunicorn's `preload_app`) do it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from setproctitle import setproctitle

STANDARD_INPUT = 0
# Its own libraries do not bear to be forked.
_FORKS = sys.platform != "darwin"


@dataclass(eq=False)
class ForkedProcess:
    """A process that waits until it is begun, or ends when this one does before that.

    `to_it` is the writing end of its standard input.
    """

    pid: int
    to_it: int
    _ended: asyncio.Future[int] | None = field(default=None, init=False)

    def begin(self) -> None:
        """Let it go on; from now on its end is watched, in the running event loop."""
        loop = asyncio.get_running_loop()
        self._ended = ended = loop.create_future()

        def watch() -> None:
            code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self.to_it)
            loop.call_soon_threadsafe(ended.set_result, code)

        # One that has ended meanwhile is told of as any other end.
        with suppress(BrokenPipeError):
            os.write(self.to_it, b"\n")
        threading.Thread(target=watch, name=f"watch-{self.pid}", daemon=True).start()

    async def wait(self) -> int:
        """Its exit code once it has ended; below zero the signal that ended it."""
        assert self._ended is not None
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask it to end. Raises `ProcessLookupError` when it has."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it as it is. Raises `ProcessLookupError` when it has ended."""
        os.kill(self.pid, signal.SIGKILL)


class Fork(NamedTuple):
    """What came of a fork: in a child that was begun its `name`, in the parent the `children`."""

    name: str
    children: Mapping[str, ForkedProcess]


def fork(names: Sequence[str]) -> Fork:
    """A process for each name; where none may be forked there are none.

    The pipe that begins a process is its standard input, and ends when this process does.
    """
    children: dict[str, ForkedProcess] = {}
    # What garbage collection never looks at stays shared.
    gc.freeze()
    for name in names if _FORKS else ():
        from_parent, to_child = os.pipe()
        if not (pid := os.fork()):
            _become(name, from_parent, [to_child, *(one.to_it for one in children.values())])
            return Fork(name, {})
        os.close(from_parent)
        children[name] = ForkedProcess(pid, to_child)
    return Fork("", children)


def _become(name: str, from_parent: int, held: Sequence[int]) -> None:
    """Wait for the word; without it there is nothing to do."""
    for one in held:
        os.close(one)
    if from_parent != STANDARD_INPUT:
        os.dup2(from_parent, STANDARD_INPUT)
        os.close(from_parent)
    # A terminal's interrupt is for the parent, which ends its children in order.
    os.setsid()
    setproctitle(f"c360 serve {name}")
    if not os.read(STANDARD_INPUT, 1):
        os._exit(0)
