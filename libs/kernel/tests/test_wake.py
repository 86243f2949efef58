"""Who sleeps on a log directory is woken by its writers, whoever died there before."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from pathlib import Path

from c360_kernel.log.wake import Sleeper, Waker


async def test_all_who_sleep_are_woken_also_on_one_pipe(tmp_path: Path) -> None:
    one, other = Sleeper(tmp_path), Sleeper(tmp_path)
    waker = Waker(tmp_path)
    sleeping = [asyncio.create_task(each.sleep(30)) for each in (one, one, other)]
    await asyncio.sleep(0)
    waker.wake()
    await asyncio.wait_for(asyncio.gather(*sleeping), 10)
    for each in (one, other):
        each.close()
    waker.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_wake_that_came_while_nobody_slept_is_kept_for_the_next(tmp_path: Path) -> None:
    sleeper, waker = Sleeper(tmp_path), Waker(tmp_path)
    waker.wake()
    begun = time.monotonic()
    await sleeper.sleep(30)
    assert time.monotonic() - begun < 10
    sleeper.close()
    waker.close()


def is_listening(sleeper: Sleeper) -> bool:
    """Whether the loop still looks at its pipe; it does not afterwards."""
    return asyncio.get_running_loop().remove_reader(sleeper._descriptor)


async def test_who_is_busy_is_not_woken_and_who_left_neither(tmp_path: Path) -> None:
    sleeper = Sleeper(tmp_path)
    for _ in range(2):
        await sleeper.sleep(0)
    assert not is_listening(sleeper)
    sleeping = asyncio.create_task(sleeper.sleep(30))
    await asyncio.sleep(0)
    descriptor = os.dup(sleeper._descriptor)
    sleeper.close()
    assert not is_listening(sleeper)
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)
    os.close(descriptor)


def test_a_pipe_is_its_owners_alone(tmp_path: Path) -> None:
    sleeper = Sleeper(tmp_path)
    (pipe,) = tmp_path.iterdir()
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o600
    sleeper.close()


def test_what_a_dead_process_left_is_removed_and_one_to_come_is_let_be(tmp_path: Path) -> None:
    left, hidden = tmp_path / "1-left", tmp_path / ".1-coming"
    for pipe in (left, hidden):
        os.mkfifo(pipe)
    Waker(tmp_path).wake()
    assert list(tmp_path.iterdir()) == [hidden]


def test_a_directory_that_is_not_there_wakes_nobody(tmp_path: Path) -> None:
    Waker(tmp_path / "none").wake()
