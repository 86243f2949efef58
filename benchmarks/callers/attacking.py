"""One caller on four connections, in a process of its own so that it slows no measurement."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

CONNECTIONS = 4
_TIMEOUT_S = 60


@contextmanager
def attack(port: int, token: str, bodies: Sequence[bytes]) -> Generator[Counter[str]]:
    """Send these bodies in turn for the time of a block; at its end the answers are counted."""
    counted: Counter[str] = Counter()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(port, token, bodies, theirs), daemon=True
    )
    process.start()
    ours.recv()
    try:
        yield counted
    finally:
        ours.send("stop")
        counted.update(ours.recv() if ours.poll(_TIMEOUT_S) else {"NO_ANSWER": 1})
        process.join(5)
        process.kill()


def _run(port: int, token: str, bodies: Sequence[bytes], given: Connection) -> None:
    counted: Counter[str] = Counter()
    stop = threading.Event()
    threads = [
        threading.Thread(target=_send, args=(port, token, bodies, number, stop, counted))
        for number in range(CONNECTIONS)
    ]
    given.send("started")
    for thread in threads:
        thread.start()
    given.recv()
    stop.set()
    for thread in threads:
        thread.join(_TIMEOUT_S)
    given.send(dict(counted))


def _send(
    port: int,
    token: str,
    bodies: Sequence[bytes],
    number: int,
    stop: threading.Event,
    counted: Counter[str],
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    while not stop.is_set():
        number += 1
        try:
            connection.request("POST", "/graphql", bodies[number % len(bodies)], headers)
            answer = connection.getresponse()
            code = _code(answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            code = "CONNECTION"
        counted[code] += 1
        if code in ("CONNECTION", "RATE_LIMITED"):
            # Nobody is told to come again at once, and one that does only meets the same refusal.
            time.sleep(0.01)


def _code(status: int, body: bytes) -> str:
    try:
        errors = json.loads(body).get("errors") or ()
    except ValueError:
        return str(status)
    return str(errors[0]["extensions"]["code"]) if errors else "OK"
