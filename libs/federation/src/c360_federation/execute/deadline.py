"""The time that something may take: `asyncio.timeout` for a block of one task, at half its cost."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadline:
    """Around a block: raises TimeoutError from it once so many seconds have gone by."""

    __slots__ = ("_cancelling", "_has_passed", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._has_passed = False
        self._timer = task.get_loop().call_later(self._seconds, self._pass)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._has_passed:
            return
        # A cancellation that came from elsewhere as well stays one.
        others = self._task.uncancel() > self._cancelling
        if kind is asyncio.CancelledError and not others:
            raise TimeoutError from error

    def _pass(self) -> None:
        self._has_passed = True
        self._task.cancel()


def is_being_cancelled() -> bool:
    """Whether somebody asked this task to stop: else what was awaited gave up by itself."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
