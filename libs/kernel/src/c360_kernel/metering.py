"""Whom the time of this process is spent on.

A meter is set for a task and inherited by the tasks and threads that it starts. `metered` tells it
the processor time of each step of a coroutine: from one await that waits to the next.

Looking for garbage among what is old is nobody's: it takes as long as the whole process has
objects, seconds at worst, and falls to whoever happens to make the next one. Looking among what was
just made is everybody's own: it comes and lasts in proportion to what they make.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
# Of a step that takes no longer by the clock, the processor time is not asked for.
_SHORT_S = 0.001
_OLD_S = 0.02
Spend = Callable[[float], None]
"""Is told seconds of processor time."""


class _Collections(threading.local):
    """The processor time of this thread that went into old garbage."""

    seconds = 0.0
    began = 0.0


_COLLECTIONS = _Collections()


def thread_seconds() -> float:
    """Processor time of this thread, that of looking for old garbage left out."""
    return time.thread_time() - _COLLECTIONS.seconds


def leave_out_collections() -> None:
    """Have looking for old garbage left out from here on, in all threads of this process."""
    if _note_collection not in gc.callbacks:
        gc.callbacks.append(_note_collection)


def _note_collection(phase: str, info: Mapping[str, int]) -> None:
    if info["generation"] == 0:
        return
    if phase == "start":
        _COLLECTIONS.began = time.thread_time()
    else:
        _COLLECTIONS.seconds += time.thread_time() - _COLLECTIONS.began


class _ThreadClock(threading.local):
    """The processor time of this thread, looked at seldom: asking the system costs microseconds."""

    at = -_OLD_S
    cpu = 0.0

    def look(self, now: float) -> None:
        """Look at the processor time."""
        self.at, self.cpu = now, thread_seconds()

    def spent(self) -> float:
        """Processor time since the last look, which is no less than that of the step."""
        before, self.cpu = self.cpu, thread_seconds()
        self.at = time.perf_counter()
        return self.cpu - before


_LAST = _ThreadClock()


class Meter:
    """Tells `spend` what was measured, unless less than `least`; a step within one counts once."""

    __slots__ = ("is_measuring", "least", "spend")

    def __init__(self, spend: Spend, least: float = 0.0) -> None:
        self.spend = spend
        self.least = least
        self.is_measuring = False

    def step(self, go_on: Callable[[Any], Any], sent: object) -> object:
        """Let a coroutine take one step, with a clock beside it."""
        self.is_measuring = True
        began = time.perf_counter()
        if began - _LAST.at > _OLD_S:
            _LAST.look(began)
        try:
            return go_on(sent)
        finally:
            # An error that is thrown in would hold itself by this frame once it is raised again.
            del sent
            self.is_measuring = False
            taken = time.perf_counter() - began
            if taken >= self.least:
                self.spend(taken if taken < _SHORT_S else min(taken, _LAST.spent()))


METER: ContextVar[Meter | None] = ContextVar("c360_meter", default=None)


def metering(work: Coroutine[Any, Any, T]) -> Awaitable[T]:
    """What to await in the place of `work`, at once: it tells the meter of this task, if any."""
    meter = METER.get()
    return work if meter is None or meter.is_measuring else _Steps(work, meter)


async def metered(work: Coroutine[Any, Any, T]) -> T:
    """The same for a task of its own."""
    return await metering(work)


def metered_by(
    spend: Spend, least: float, work: Coroutine[Any, Any, T], kind: type[Meter] = Meter
) -> Awaitable[T]:
    """Have a new meter told of `work`: that of the task from here on."""
    meter = kind(spend, least)
    METER.set(meter)
    return _Steps(work, meter)


class _Steps(Awaitable[T]):
    """Runs a coroutine step by step."""

    __slots__ = ("_meter", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], meter: Meter) -> None:
        self._work = work
        self._meter = meter

    def __await__(self) -> Generator[Any, Any, T]:
        work, meter = self._work, self._meter
        go_on: Callable[[Any], Any] = work.send
        sent: Any = None
        try:
            while True:
                waits_for = go_on(sent) if meter.is_measuring else meter.step(go_on, sent)
                try:
                    sent = yield waits_for
                    go_on = work.send
                except GeneratorExit:
                    raise
                except BaseException as error:
                    go_on, sent = work.throw, error
        except StopIteration as end:
            return end.value
        finally:
            # As above.
            sent = None
            work.close()
