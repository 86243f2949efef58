"""A subgraph in threads of its own, so that a long question keeps nobody else waiting.

Embedded stores answer within the call, and whoever serves them could do nothing else meanwhile: not
even say that it is alive. Each thread has an event loop, the subgraph and its store for itself. All
that one principal asks at a time goes to one thread, so there are others left.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from typing import Any, Protocol, TypeVar

from typing_extensions import override

from c360_kernel.context import CallerContext
from c360_kernel.metering import METER, Meter, metered, metered_by
from c360_kernel.subgraph.subgraph import Subgraph

T = TypeVar("T")
THREADS = 3
_SLOW_S = 0.01


class Answering(Protocol):
    """What answers as a subgraph: `Subgraph`, or several of it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def ready(self) -> Awaitable[bool]:
        """Whether its store answers; may raise instead."""
        ...

    def sdl(self) -> str:
        """Its federation SDL."""
        ...

    def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Run one operation."""
        ...


class ThreadedSubgraph(Answering):
    """Equal subgraphs, one a thread. Called from one event loop."""

    def __init__(self, open_graph: Callable[[], Answering], threads: int = THREADS) -> None:
        self._threads = [_Thread(open_graph()) for _ in range(threads)]

    @property
    @override
    def name(self) -> str:
        return self._threads[0].graph.name

    @override
    def sdl(self) -> str:
        return self._threads[0].graph.sdl()

    def retire(self) -> None:
        """Be asked no more: each thread ends once what it is answering is answered."""
        for thread in self._threads:
            thread.retire()

    @override
    async def ready(self) -> bool:
        thread = self._thread_for("")
        return await thread.run("", lambda: _awaited(thread.graph.ready))

    @override
    async def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None,
        operation_name: str | None,
        caller: CallerContext,
    ) -> dict[str, Any]:
        thread = self._thread_for(caller.principal)
        return await thread.run(
            caller.principal,
            lambda: thread.graph.execute(query, variables, operation_name, caller),
        )

    def _thread_for(self, principal: str) -> _Thread:
        now = time.monotonic()
        return min(self._threads, key=lambda one: one.burden(principal, now))


class _Thread:
    """A daemon: nothing in it is left undone when the process ends."""

    def __init__(self, graph: Answering) -> None:
        self.graph = graph
        self._principals: Counter[str] = Counter()
        self._began: dict[object, float] = {}
        self._is_retired = False
        self._loop = asyncio.new_event_loop()
        self._loop.set_task_factory(_task)
        name = f"subgraph-{graph.name}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        self._loop.run_forever()
        if isinstance(self.graph, Subgraph):
            self._loop.run_until_complete(self.graph.close())
        self._loop.close()

    async def run(self, principal: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `work` in this thread; its time is told to the meter of the task that asks."""
        meter, steps, call = METER.get(), list[float](), object()
        self._principals[principal] += 1
        self._began[call] = time.monotonic()
        done = asyncio.run_coroutine_threadsafe(_measured(work, steps), self._loop)
        try:
            return await asyncio.wrap_future(done)
        finally:
            self._end(principal, call)
            if meter is not None:
                # Short steps hold up nobody here, but all of them together use the interpreter.
                meter.spend(sum(steps))

    def burden(self, principal: str, now: float) -> tuple[bool, float, int]:
        """The less, the sooner a question of this principal is answered, and others are not late.

        Its own questions are here already; so long has something taken that has taken long; so
        many are under way. On a busy machine all threads are slow: the slowest one still is last.
        """
        taken = now - next(iter(self._began.values()), now)
        return not self._principals[principal], max(taken, _SLOW_S), len(self._began)

    def retire(self) -> None:
        """End once nothing is under way."""
        self._is_retired = True
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._is_retired and self.is_idle:
            self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._began and not self._principals.total()

    def _end(self, principal: str, call: object) -> None:
        del self._began[call]
        self._principals[principal] -= 1
        if not self._principals[principal]:
            del self._principals[principal]
        self._end_if_done()


class _ThreadMeter(Meter):
    """Of one call in such a thread; the meter of who calls is for the loop that it calls from."""


def _task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    **options: Any,  # noqa: ANN401 - what asyncio gives a task besides
) -> asyncio.Task[T]:
    """A task of a thread: what a call starts beside itself is measured as well."""
    if isinstance(work, Coroutine) and isinstance(METER.get(), _ThreadMeter):
        return asyncio.Task(metered(work), loop=loop, **options)
    return asyncio.Task(work, loop=loop, **options)


async def _measured(work: Callable[[], Coroutine[Any, Any, T]], steps: list[float]) -> T:
    return await metered_by(steps.append, 0.0, work(), _ThreadMeter)


async def _awaited(ready: Callable[[], Awaitable[bool]]) -> bool:
    return await ready()
