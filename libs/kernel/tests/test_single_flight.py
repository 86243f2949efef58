"""Waiting no longer than one wants, and interrupting nobody."""

from __future__ import annotations

import asyncio

import pytest
from c360_kernel.single_flight import SingleFlight


class Asked:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.interrupted = False
        self.may_answer = asyncio.Event()

    async def __call__(self) -> int:
        self.times += 1
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.interrupted = True
            raise
        return self.times


async def test_who_takes_too_long_is_not_interrupted_and_not_asked_twice() -> None:
    service = Asked()
    flight = SingleFlight(service, 0.01)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await flight.result()
    service.may_answer.set()
    assert await flight.result() == 1
    assert not service.interrupted


async def test_an_answer_is_good_for_one_question() -> None:
    service = Asked()
    service.may_answer.set()
    flight = SingleFlight(service, 1)
    assert [await flight.result(), await flight.result()] == [1, 2]


async def test_who_gives_up_early_interrupts_nobody() -> None:
    service = Asked()
    flight = SingleFlight(service, 5)
    early = asyncio.create_task(flight.result())
    await asyncio.sleep(0.01)
    early.cancel()
    service.may_answer.set()
    assert await flight.result() == 1


async def test_what_the_question_raises_is_raised() -> None:
    async def fail() -> None:
        raise OSError

    flight = SingleFlight(fail, 1)
    for _ in range(2):
        with pytest.raises(OSError):
            await flight.result()
