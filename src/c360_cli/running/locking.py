"""One process for each part of an instance: who comes second to a data directory is refused."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from c360_kernel.errors import SettingsError

from c360_cli.assembly import Instance
from c360_cli.topology import GATEWAY, NAMES, PARTS

_LOOK_AGAIN_S = 0.05
_REPLICATED = frozenset(part.name for part in PARTS if part.is_replicated)
# A process that is just ending still holds its lock.
_WAIT_S = 0.5
# The services of an instance that was just killed hold theirs until they have noticed.
CHILDREN_WAIT_S = 5.0


@contextmanager
def sole_process(
    instance: Instance, parts: Sequence[str], wait_s: float = _WAIT_S
) -> Generator[None]:
    """Hold these parts of an instance for a block; the process's death frees them, too.

    Where the log is on servers, any number of replicas may share one directory of keys and
    catalog, so nothing is held there. Replicated parts with names of their own
    (`C360_REPLICA`) stand beside each other. Raises `SettingsError` (DATA_IN_USE).
    """
    with sole_keeper(instance, parts if instance.settings.log is None else (), wait_s):
        yield


@contextmanager
def sole_keeper(
    instance: Instance, parts: Sequence[str], wait_s: float = _WAIT_S
) -> Generator[None]:
    """The same for parts that keep how far they are in the directory, wherever the log is."""
    with ExitStack() as held:
        for part in parts:
            lock = instance.directory.lock(_named(part))
            held.enter_context(_held(lock, part, wait_s))
        yield


@contextmanager
def sole_instance(instance: Instance) -> Generator[None]:
    """Hold every part; another process that holds the gateway is told of at once."""
    with (
        sole_process(instance, [GATEWAY.name]),
        sole_process(instance, NAMES, CHILDREN_WAIT_S),
    ):
        yield


def _named(part: str) -> str:
    replica = os.environ.get("C360_REPLICA", "") if part in _REPLICATED else ""
    return f"{part}-{hashlib.sha256(replica.encode()).hexdigest()[:12]}" if replica else part


@contextmanager
def _held(path: Path, part: str, wait_s: float) -> Generator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        deadline = time.monotonic() + wait_s
        while not _taken(file):
            if time.monotonic() > deadline:
                raise _in_use(path, file, part)
            time.sleep(_LOOK_AGAIN_S)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _in_use(path: Path, file: IO[str], part: str) -> SettingsError:
    file.seek(0)
    process = file.read(20).strip()
    holder = f"process {process}" if process.isdecimal() else "another process"
    return SettingsError(
        f"{holder} runs the {part} of {path.parent.parent}: stop it, or name another --data",
        code="DATA_IN_USE",
    )
