"""Told to end, a process does: what does not stop by itself is left, and it says what that was."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from c360_kernel.stopped import StoppedWorkers
from starlette.applications import Starlette

from c360_cli.assembly import assemble
from c360_cli.running import processes, workers
from c360_cli.running.background import served_beside
from c360_cli.running.http import server
from c360_cli.running.workers import Workers

STUCK = """
import signal, sys, threading, time
from c360_cli.running.background import unwind_when_told_to_end
from c360_cli.running import ending
ending.END_S = 0.5
unwind_when_told_to_end()
lock = threading.Lock()
lock.acquire()
threading.Thread(target=lock.acquire, name="stuck").start()
print("begun", flush=True)
while True:
    time.sleep(1)
"""

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("begun", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("times", [1, 3])
def test_a_thread_that_never_ends_keeps_no_process_however_often_it_is_told(times: int) -> None:
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        for _ in range(times):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"Timeout (0:00:00.500000)!" in said
    assert b"Thread 0x" in said


async def test_ctrl_c_that_a_server_gives_back_at_its_end_is_not_lost() -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    async def serve() -> None:
        this = asyncio.current_task()
        assert this is not None
        # As a runner of asyncio does with a signal.
        this.cancel()

    told = asyncio.create_task(served_beside(for_ever(), served_beside(for_ever(), serve())))
    with pytest.raises(asyncio.CancelledError):
        await told


async def test_a_service_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_END_S", 0.3)
    told = [sys.executable, "-c", DEAF]
    process = await asyncio.create_subprocess_exec(*told, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    await processes.end(process)
    assert process.returncode == -signal.SIGKILL


async def test_a_worker_that_nothing_ends_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_STOP_S", 0.2)
    monkeypatch.setattr(workers, "_CANCELLED_S", 0.2)
    instance, begun, release = assemble(tmp_path / "data"), threading.Event(), threading.Event()

    async def stands_still() -> None:
        begun.set()
        release.wait()

    fed = Workers(instance, server(Starlette(), 1), StoppedWorkers())
    fed.start(instance.service("segment"), stands_still)
    assert begun.wait(20)
    try:
        fed.close()
    finally:
        release.set()
    assert fed.failures == []


async def test_a_worker_whose_end_a_changed_catalog_waits_for_is_cancelled_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_STOP_S", 0.2)
    instance, begun = assemble(tmp_path / "data"), threading.Event()

    async def takes_long() -> None:
        begun.set()
        await asyncio.sleep(60)

    fed = Workers(instance, server(Starlette(), 1), StoppedWorkers())
    fed.start(instance.service("segment"), takes_long)
    assert begun.wait(20)
    ending = threading.Thread(target=fed.end, args=("segment",), daemon=True)
    ending.start()
    await asyncio.sleep(0.1)
    fed.close()
    ending.join(10)
    assert not ending.is_alive()
    assert fed.failures == []
