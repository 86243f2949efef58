"""Calls that wait for the log: those of one principal go there together, one append for many.

Everything of one request is in one append, so that a fault takes all of it or nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from c360_kernel.metering import metered

from c360_gateway.auth.principal import Principal
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.collect.collector import Given
from c360_gateway.collect.items import ItemResult

Write: TypeAlias = Callable[[Principal, str, Sequence[Given]], Awaitable[Sequence[ItemResult]]]
"""Has items of a principal at an address taken; see `Writing.write`."""
TOGETHER = 1_000
"""Items that go to the log at a time, if one request has no more."""
_AGAIN_S = 1.0


@dataclass(slots=True)
class _Waiting:
    given: Sequence[Given]
    address: str
    answer: asyncio.Future[Sequence[ItemResult]]


@dataclass(slots=True)
class _Line:
    """What one principal sent, in order, and the task that hands it on."""

    waiting: deque[_Waiting] = field(default_factory=deque[_Waiting])
    task: asyncio.Task[None] | None = None


class Intake:
    """Bounded: beyond `most` items of one principal that wait, its requests are refused."""

    def __init__(self, write: Write, most: int) -> None:
        self._write = write
        self._most = most
        self._lines: dict[Principal, _Line] = {}
        self._held: dict[Principal, int] = {}

    async def take(
        self, principal: Principal, address: str, given: Sequence[Given]
    ) -> Sequence[ItemResult]:
        """A result for each item, once all are durable. Who leaves meanwhile stops nothing.

        Raises `RateLimited`, and what `write` does.
        """
        held = self._held.get(principal, 0)
        if held and held + len(given) > self._most:
            raise RateLimited("too many items of this key wait for the log", _AGAIN_S)
        self._held[principal] = held + len(given)
        answer: asyncio.Future[Sequence[ItemResult]] = asyncio.get_running_loop().create_future()
        line = self._lines.setdefault(principal, _Line())
        line.waiting.append(_Waiting(given, address, answer))
        if line.task is None:
            line.task = asyncio.create_task(metered(self._hand_on(principal, line)))
        return await answer

    async def close(self) -> None:
        """Return once nothing waits any more."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hand_on(self, principal: Principal, line: _Line) -> None:
        """One batch after the other, so that what somebody said first is first in the log."""
        while line.waiting:
            await self._taken(principal, _next(line.waiting))
        del self._lines[principal]

    async def _taken(self, principal: Principal, batch: Sequence[_Waiting]) -> None:
        given = [one for waiting in batch for one in waiting.given]
        addresses = {waiting.address for waiting in batch}
        address = addresses.pop() if len(addresses) == 1 else ""
        try:
            results = await self._write(principal, address, given)
        except Exception as error:
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
        else:
            _answer(batch, results)
        finally:
            self._let_go(principal, len(given))

    def _let_go(self, principal: Principal, count: int) -> None:
        left = self._held[principal] - count
        if left:
            self._held[principal] = left
        else:
            del self._held[principal]


def _next(waiting: deque[_Waiting]) -> list[_Waiting]:
    batch = [waiting.popleft()]
    count = len(batch[0].given)
    while waiting and count + len(waiting[0].given) <= TOGETHER:
        batch.append(waiting.popleft())
        count += len(batch[-1].given)
    return batch


def _answer(batch: Sequence[_Waiting], results: Sequence[ItemResult]) -> None:
    begin = 0
    for waiting in batch:
        end = begin + len(waiting.given)
        if not waiting.answer.done():
            waiting.answer.set_result(results[begin:end])
        begin = end
