"""A service that stands still for a minute, and so is taken for dead, changes nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.engines import SERVICES, Engines, Loading, Reference
from tests.e2e.running import Running
from tests.servers.server import Server

pytestmark = [pytest.mark.servers, pytest.mark.slow]
PAUSE_S = 60


@dataclass(frozen=True, slots=True)
class Paused:
    """An instance one of whose services stands still while it is loaded."""

    data: Path
    engines: Engines
    service: Running
    since: float
    loading: Loading

    def resume(self) -> None:
        """Let it go on once its minute is over; returns when all is sent."""
        time.sleep(max(0, self.since + PAUSE_S - time.monotonic()))
        self.service.signal(signal.SIGCONT)
        self.loading.end()


@pytest.fixture(scope="module")
def resumed(
    tmp_path_factory: pytest.TempPathFactory, servers: dict[str, Server], reference: Reference
) -> Iterator[dict[str, Paused]]:
    """By name of the service that stood still, an instance for each; they wait at the same time."""
    with ExitStack() as stack:
        paused = {
            name: _paused(stack, tmp_path_factory.mktemp(name), servers, reference, name)
            for name in SERVICES
        }
        for one in paused.values():
            one.resume()
        yield paused


def _paused(
    stack: ExitStack, data: Path, servers: dict[str, Server], reference: Reference, name: str
) -> Paused:
    """Each service and the gateway in a process of its own, and this one stopped."""
    engines = Engines.on(servers)
    reference.prepare(data)

    def start(part: str, *flags: str) -> Running:
        running = Running(data, *flags, subcommand=("serve", part), env=engines.env)
        stack.callback(running.stop)
        return running

    parts = {part: start(part) for part in SERVICES}
    urls = ",".join(f"{part}={running.url}" for part, running in parts.items())
    gateway = start("gateway", "--subgraphs", urls)
    for running in (*parts.values(), gateway):
        running.wait_ready()
    loading = Loading(gateway, reference.world)
    loading.begin()
    time.sleep(1)
    parts[name].signal(signal.SIGSTOP)
    return Paused(data, engines, parts[name], time.monotonic(), loading)


@pytest.mark.parametrize("name", SERVICES)
def test_a_consumer_paused_for_a_minute_changes_nothing(
    resumed: dict[str, Paused], reference: Reference, name: str
) -> None:
    one = resumed[name]
    reference.expect_equal(one.data, one.engines.env)
