"""A service that stands still for a minute, and so is taken for dead, changes nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.engines import SERVICES, Engines, Loading, Reference
from tests.e2e.running import Running

pytestmark = [pytest.mark.servers, pytest.mark.slow]
PAUSE_S = 60


@pytest.fixture
def parts(tmp_path: Path, engines: Engines, reference: Reference) -> Iterator[dict[str, Running]]:
    """Each service and the gateway in a process of its own."""
    reference.prepare(tmp_path)
    with ExitStack() as stack:

        def start(name: str, *flags: str) -> Running:
            running = Running(tmp_path, *flags, subcommand=("serve", name), env=engines.env)
            return stack.enter_context(running)

        found = {name: start(name) for name in SERVICES}
        urls = ",".join(f"{name}={running.url}" for name, running in found.items())
        found["gateway"] = start("gateway", "--subgraphs", urls)
        yield found


@pytest.mark.parametrize("name", SERVICES)
def test_a_consumer_paused_for_a_minute_changes_nothing(
    tmp_path: Path, engines: Engines, parts: dict[str, Running], reference: Reference, name: str
) -> None:
    with Loading(parts["gateway"], reference.world):
        time.sleep(1)
        parts[name].signal(signal.SIGSTOP)
        time.sleep(PAUSE_S)
        parts[name].signal(signal.SIGCONT)
    reference.expect_equal(tmp_path, engines.env)
