"""After Jepsen's set test: SIGKILLs at random moments, and every acknowledged item is there once.

Every refused one is nowhere, and the state is what a replay of the log gives. Full disks and
processes that stand still for a while are among it.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.e2e.running import Running, command, digest
from tests.e2e.set_load import Client, Ledger

KILLS = 50
CLIENTS = 4
_WINDOW_S = 0.5
_TRUTH = ("records", "events")
Window = Callable[[list[int]], None]


def lose_and_double_nothing(directory: Path, *flags: str) -> None:
    """Run an instance with these flags under load, kill it again and again, and count."""
    chance = random.Random(os.environ.get("C360_KILL_SEED", f"set{flags}"))
    ledger = Ledger()
    clients = [Client(number, ledger) for number in range(CLIENTS)]
    instance = Running(directory / "data", *flags)
    try:
        _lived_through(instance, clients, chance)
    finally:
        instance.stop()
    _check(directory / "data", ledger)
    command("replay", "--from", directory / "data", "--data", directory / "replayed")
    assert digest(directory / "replayed") == digest(directory / "data")


def _lived_through(instance: Running, clients: list[Client], chance: random.Random) -> None:
    instance.wait_ready()
    for kill in range(KILLS):
        with _working(clients, instance):
            time.sleep(chance.uniform(0.05, 0.8))
            _window_of(kill)(instance.processes())
            _kill(instance, chance)
        instance.restart()
    with _working(clients, instance):
        time.sleep(1)
    instance.settle()


@contextmanager
def _working(clients: list[Client], instance: Running) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.work, args=(instance, stop)) for one in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _kill(instance: Running, chance: random.Random) -> None:
    """All processes at once, or one of the services first."""
    children = instance.processes()[1:]
    if children and chance.random() < 0.5:
        os.kill(chance.choice(children), signal.SIGKILL)
        time.sleep(chance.uniform(0, 0.3))
    instance.kill_all()


def _window_of(kill: int) -> Window:
    return {3: _full_disk, 7: _standstill}.get(kill % 10, _nothing)


def _nothing(processes: list[int]) -> None:
    del processes


def _full_disk(processes: list[int]) -> None:
    """No file may grow, and then it may again."""
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    time.sleep(_WINDOW_S)
    for process in processes:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)
    time.sleep(0.1)


def _standstill(processes: list[int]) -> None:
    """One process stands still in whatever it does, and goes on."""
    os.kill(processes[-1], signal.SIGSTOP)
    time.sleep(_WINDOW_S)
    os.kill(processes[-1], signal.SIGCONT)


def _check(data: Path, ledger: Ledger) -> None:
    # How many depends on the machine; without any there would be nothing to lose.
    assert len(ledger.records) > KILLS
    assert len(ledger.events) > KILLS
    assert ledger.refused
    for store in ("identity", "profile"):
        records = _listed(data / f"{store}.db", _RECORDS[store])
        events = _listed(data / f"{store}.db", "SELECT message_id FROM event")
        assert ledger.records - set(records) == set()
        assert ledger.events - set(events) == set()
        assert len(set(records)) == len(records)
        assert len(set(events)) == len(events)
        assert ledger.refused & {*records, *events} == set()
    keys = _listed(data / "log" / "log.db", "SELECT key FROM entry WHERE topic IN (?, ?)", *_TRUTH)
    assert not any("bad-" in key for key in keys)


_RECORDS = {
    "identity": "SELECT key FROM record WHERE source = 'crm'",
    "profile": "SELECT substr(id, 5) FROM record WHERE id LIKE 'crm/%'",
}


def _listed(store: Path, query: str, *parameters: str) -> list[str]:
    with closing(sqlite3.connect(store)) as opened:
        complaints = {row[0] for row in opened.execute("PRAGMA integrity_check")}
        # SQLite 3.40 says so of any table whose key is not in the order of its columns.
        assert not {one for one in complaints - {"ok"} if not one.startswith("NULL value in ")}
        return [str(value) for (value,) in opened.execute(query, parameters)]
