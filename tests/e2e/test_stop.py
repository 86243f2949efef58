"""Told to stop, an instance ends what it started; a token is minted for an instance only."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e import running
from tests.e2e.engines import Engines
from tests.e2e.running import Running, command
from tests.servers.server import Server


@pytest.mark.parametrize("flags", [(), pytest.param(("--processes",), marks=pytest.mark.slow)])
def test_sigterm_unwinds_and_ends_every_service(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with Running(tmp_path, *flags) as instance:
        instance.settle()
    # 143 is our own exit; a process that died of the signal on the spot would give -15.
    assert instance.process.returncode == 128 + 15, instance.output()
    assert "Traceback" not in instance.output()
    assert not any(_listens(instance.port + offset) for offset in range(4))


@pytest.mark.slow
@pytest.mark.servers
def test_one_whose_stores_stand_still_ends_as_any_other(
    tmp_path: Path, servers: dict[str, Server], engines: Engines
) -> None:
    frozen = servers["neo4j"], servers["mongodb"]
    with Running(tmp_path, env=engines.env) as instance, ExitStack() as thawed:
        for server in frozen:
            server.pause()
            thawed.callback(server.resume)
        instance.stop()
    assert instance.process.returncode == 128 + 15, instance.output()


def test_one_that_does_not_end_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who reads of it in a log can but guess."""
    monkeypatch.setattr(running, "STOP_S", 0)
    instance = Running(tmp_path)
    instance.wait_ready()
    with pytest.raises(AssertionError, match="not ended") as failed:
        instance.stop()
    told = str(failed.value)
    assert "Thread 0x" in told and "tests/e2e/forked.py" in told
    assert "task " in told and "worker.py" in told
    instance.process.wait(30)


def test_nothing_is_looked_for_in_what_goes_with_the_process() -> None:
    """After a long life that takes longer than whoever stops it waits."""
    text = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 10_000))"
    script = f"{text}; import sys; sys.argv[1:] = ['--version']; import c360_cli.entry as one"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; one.main()"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"


def test_a_token_for_no_instance_is_refused_and_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="DATA_DIRECTORY_EMPTY"):
        command("token", "--role", "support_agent", "--data", tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
