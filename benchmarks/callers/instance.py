"""`c360 up` in processes of its own, on a world of its own, and the memory that it takes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

C360 = str(Path(sys.executable).with_name("c360"))
_START_S = 60.0
# Nothing that is counted changes for so long only where nothing goes on.
_STANDSTILL_S = 120.0
CUSTOMERS = 150


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance."""

    data: Path
    port: int
    pid: int

    def pids(self) -> list[int]:
        """All its processes."""
        return [self.pid, *_children(self.pid)]

    def rss_mb(self) -> float:
        """Resident memory of all its processes."""
        return sum(_status_mb(pid) for pid in self.pids())


@contextmanager
def running(data: Path, *flags: str) -> Generator[Instance]:
    """An instance with a small world in it, all of it handled."""
    port = _free_port()
    command = [C360, "up", "--data", str(data), "--port", str(port), *flags]
    with (data.parent / f"{data.name}.txt").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_ready(port)
        _run("generate", "--customers", str(CUSTOMERS), "--out", str(data.parent / "world"),
             "--url", f"http://127.0.0.1:{port}", "--data", str(data))  # fmt: skip
        settle(data)
        yield Instance(data, port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def settle(data: Path) -> None:
    """Return once every service has handled every entry, and told all that it caused.

    It is asked twice, since what one has told last is still to be handled by one that came before.
    """
    left, until = _left(data), time.monotonic() + _STANDSTILL_S
    while left or _left(data):
        assert time.monotonic() < until, "the instance does not come to rest"
        time.sleep(0.2)
        before, left = left, _left(data)
        if left != before:
            until = time.monotonic() + _STANDSTILL_S


def _left(data: Path) -> int:
    """How many entries wait to be handled or told."""
    report = json.loads(_run("status", "--json", "--data", str(data)))
    return report["lag"] + sum(one["outbox"] for one in report["projections"].values())


def _run(*arguments: str) -> str:
    return subprocess.run([C360, *arguments], capture_output=True, text=True, check=True).stdout


def _wait_ready(port: int) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the instance does not start")


def _free_port() -> int:
    """A port that is free, as are the three above it, below those of outgoing connections."""
    for first in range(9_600, 9_700, 4):
        try:
            for port in range(first, first + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise OSError("no port is free")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def _status_mb(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
