"""What a process is in the middle of, told when it is asked: for one that does not end."""

from __future__ import annotations

import asyncio
import faulthandler
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

ASK = signal.SIGUSR1


def tell_when_asked() -> None:
    """Print where each thread and each task is, to standard error, at every `ASK`."""
    signal.signal(ASK, _tell_tasks)
    # Also where the main thread never comes to run a handler of Python.
    faulthandler.register(ASK, file=sys.stderr.fileno(), all_threads=True, chain=True)


def _tell_tasks(number: int, frame: FrameType | None) -> None:
    for task in _tasks():
        if not task.done():
            print(f"task {task.get_name()}: {' < '.join(_places(task))}", file=sys.stderr)


def _tasks() -> list[asyncio.Task[Any]]:
    """Those of all event loops."""
    for _ in range(10):
        try:
            return list(asyncio.tasks._all_tasks)  # pyright: ignore - there is no public way
        except RuntimeError:
            # Another thread made one meanwhile.
            continue
    return []


def _places(task: asyncio.Task[Any]) -> Iterator[str]:
    """Where it waits, innermost last."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "gi_frame", None)
        if frame is None:
            yield repr(waiting)[:200]
            return
        code = frame.f_code
        yield f"{code.co_filename}:{frame.f_lineno} {code.co_name}"
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "gi_yieldfrom", None)
