"""A server killed or hung while a world is loaded loses nothing and doubles nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.engines import Engines, Loading, Reference
from tests.e2e.running import Running
from tests.servers.server import Server

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def _kill_and_restart(server: Server) -> None:
    server.kill()
    time.sleep(1)
    server.start()


def _pause_for_a_while(server: Server) -> None:
    server.pause()
    time.sleep(8)
    server.resume()


@pytest.mark.parametrize("victim", ["kafka", "neo4j", "mongodb"])
@pytest.mark.parametrize("harm", [_kill_and_restart, _pause_for_a_while])
def test_a_server_killed_or_hung_during_load_changes_nothing(
    tmp_path: Path,
    servers: dict[str, Server],
    engines: Engines,
    reference: Reference,
    victim: str,
    harm: Callable[[Server], None],
) -> None:
    reference.prepare(tmp_path)
    with Running(tmp_path, "--processes", env=engines.env) as instance:
        with Loading(instance, reference.world):
            time.sleep(1.5)
            harm(servers[victim])
        reference.expect_equal(tmp_path, engines.env)
