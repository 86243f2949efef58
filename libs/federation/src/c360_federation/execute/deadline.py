"""The time that something may take: `asyncio.timeout` for a block of one task, at little cost."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

_PRECISE_S = 1.0
"""Shorter times have a timer of their own."""
_TICK_S = 0.05


class Expiry:
    """Calls `pass_by` once so many seconds have gone by between `begin` and `end`.

    From a second on it may be 50 ms late: such times are kept together, because a timer for each
    of them, which hardly ever runs out, is a good part of what a fetch costs.
    """

    __slots__ = ("_kept", "_seconds", "_timer", "at")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """The time begins."""
        if self._seconds < _PRECISE_S:
            self._kept = None
            self._timer = loop.call_later(self._seconds, self.pass_by)
            return
        self.at = loop.time() + self._seconds
        kept = _here.kept
        if kept is None or kept.loop is not loop:
            kept = _here.kept = _Kept(loop)
        self._kept = kept
        kept.live[self] = None
        if not kept.is_ticking:
            kept.tick()

    def end(self) -> None:
        """What took its time is over."""
        if self._kept is None:
            self._timer.cancel()
        else:
            self._kept.live.pop(self, None)

    def pass_by(self) -> None:
        """The time is over."""
        raise NotImplementedError


class Deadline(Expiry):
    """Around a block of one task: raises TimeoutError from it once so many seconds have gone by."""

    __slots__ = ("_cancelling", "_has_passed", "_task")

    def __enter__(self) -> None:
        # Asking for the loop is a system call, so it is asked for once.
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._has_passed = False
        self.begin(loop)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if not self._has_passed:
            return
        # A cancellation that came from elsewhere as well stays one.
        others = self._task.uncancel() > self._cancelling
        if kind is asyncio.CancelledError and not others:
            raise TimeoutError from error

    def pass_by(self) -> None:
        """Cancel the task, which its block turns into a TimeoutError."""
        self._has_passed = True
        self._task.cancel()


class _Kept:
    """The times of one event loop that are looked at together, while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.live: dict[Expiry, None] = {}
        self.is_ticking = False

    def tick(self) -> None:
        """End what is over, and look again soon."""
        now = self.loop.time()
        for one in [one for one in self.live if one.at <= now]:
            del self.live[one]
            one.pass_by()
        self.is_ticking = bool(self.live)
        if self.is_ticking:
            self.loop.call_later(_TICK_S, self.tick)


class _OfThread(threading.local):
    kept: _Kept | None = None


_here = _OfThread()


def is_being_cancelled() -> bool:
    """Whether somebody asked this task to stop: else what was awaited gave up by itself."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
