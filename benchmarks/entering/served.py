"""A gateway in a process of its own on the embedded log; projections do not run beside it."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from c360_gateway.auth.claims import Rights
from c360_gateway.auth.connectors.key import make_key
from c360_gateway.auth.line_file import append_line
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.settings import GatewaySettings
from c360_policy.store.shipped import ROWS_FILE, copy_default_policy
from peak import peak_mb

from c360_cli.assembly import assemble
from c360_cli.running.http import server
from c360_cli.running.locking import sole_process
from c360_cli.running.tuning import tune_process

_KEY = b"an instance key for a benchmark!"
_START_S = 120
_MASKS = ("", "redact")


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is reached, and its process."""

    port: int
    pid: int

    @property
    def rss_mb(self) -> float:
        """The most memory that it ever had."""
        return peak_mb(self.pid)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def prepared(data: Path) -> str:
    """A data directory with a write key of the source `web` and nearly the policy that ships.

    Who exports is shown telephones and mailboxes masked. Row rules are left out: they would keep
    small groups from an export.
    """
    assemble(data)
    copy_default_policy(data / "policy")
    (data / "policy" / ROWS_FILE).unlink(missing_ok=True)
    rules = data / "policy" / "policy.csv"
    rules.write_text(_masking(rules.read_text("utf-8")), "utf-8")
    rights = Rights(frozenset(["connector"]), "", frozenset(["web"]))
    shown, kept = make_key("web", rights, int(time.time()), 36_000)
    append_line(GatewaySettings(data=data).connector_keys_file, kept.line())
    return shown


def _masking(rules: str) -> str:
    for tag in ("phone", "email"):
        plain, masked = (f"privacy_officer, tag:{tag}, read, {mask}, allow" for mask in _MASKS)
        if plain not in rules:
            raise SystemExit("the policy that ships has changed")
        rules = rules.replace(plain, masked)
    return rules


@contextmanager
def serving(data: Path) -> Generator[Served]:
    """A gateway without bounds on one principal's requests, until the block ends."""
    port = _free_port()
    ready, stop = multiprocessing.Event(), multiprocessing.Event()
    child = multiprocessing.Process(target=_serve, args=(data, port, ready, stop), daemon=True)
    child.start()
    try:
        if not ready.wait(_START_S) or not _answers(port):
            raise SystemExit("the gateway does not start")
        yield Served(port, child.pid or 0)
    finally:
        stop.set()
        child.join()


def _serve(data: Path, port: int, ready: Event, stop: Event) -> None:
    asyncio.run(_serving(data, port, ready, stop))


async def _serving(data: Path, port: int, ready: Event, stop: Event) -> None:
    instance = assemble(data)
    graphs = {one.name: one.open_graph() for one in instance.services}
    settings = GatewaySettings(data=data, principal_requests_per_s=1e8, principal_bytes_per_s=1e8)
    gateway = build(settings, instance.catalog, instance.open_log(), Subgraphs(local=graphs), _KEY)
    tune_process()
    running = server(gateway.app, port)
    # Or a command would take the audit up that nobody feeds, and that would be measured.
    with sole_process(instance, ["audit"]):
        task = asyncio.create_task(running.serve())
        ready.set()
        await asyncio.to_thread(stop.wait)
        running.should_exit = True
        await task


def _answers(port: int) -> bool:
    for _ in range(10 * _START_S):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
