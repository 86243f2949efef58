"""Ports of this process alone: no two test runs are ever given the same one.

A port that was free when it was looked at may be taken before its owner listens. Every process
takes a block of ports by a lock that ends with it, and gives out those of its block in turn.
All lie below those that the system gives to outgoing connections: from that range, somebody's
connection could sit on a port while its server restarts.
"""

from __future__ import annotations

import fcntl
import functools
import socket
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import TextIO

_ALL = range(15_000, 32_600)
_BLOCK = 500
_TAKEN: list[TextIO] = []


def free_port(adjacent: int = 1) -> int:
    """The first of so many adjacent loopback ports that nobody listens on."""
    turns = _turns()
    for _ in range(_BLOCK):
        ports = [next(turns) for _ in range(adjacent)]
        if ports[-1] - ports[0] == adjacent - 1 and all(map(_is_free, ports)):
            return ports[0]
    raise AssertionError("somebody listens on every port of this process's block")


@functools.cache
def _turns() -> Iterator[int]:
    return cycle(_claimed())


def _claimed() -> range:
    for first in _ALL[::_BLOCK]:
        if _claim(first):
            return range(first, first + _BLOCK)
    raise AssertionError("every block of ports is taken by a test run")


def _claim(first: int) -> bool:
    folder = Path(tempfile.gettempdir(), "c360-test-ports")
    folder.mkdir(exist_ok=True)
    lock = (folder / str(first)).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _TAKEN.append(lock)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
