"""SIGKILL at random moments of import and processing loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.running import C360, Running, command, digest, status
from tests.e2e.worlds import write_purchases

pytestmark = pytest.mark.slow
ROWS = 6_000
KILLS = 10


@pytest.fixture(scope="module")
def purchases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_purchases(tmp_path_factory.mktemp("input"), ROWS)


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, purchases: tuple[Path, Path]
) -> tuple[Path, dict[str, str]]:
    data = tmp_path_factory.mktemp("undisturbed")
    with Running(data) as instance:
        _import(instance, purchases)
        instance.settle()
    return data, digest(data)


def _import_command(instance: Running, purchases: tuple[Path, Path]) -> list[str]:
    file, mapping = map(str, purchases)
    target = ["--data", str(instance.data), "--url", instance.url]
    return ["import", file, "--source", "cdnow", "--mapping", mapping, *target]


def _import(instance: Running, purchases: tuple[Path, Path]) -> None:
    command(*_import_command(instance, purchases))


def test_importing_twice_is_importing_once(
    undisturbed: tuple[Path, dict[str, str]], purchases: tuple[Path, Path]
) -> None:
    data, before = undisturbed
    events = status(data)["projections"]["profile"]["events"]
    with Running(data) as instance:
        _import(instance, purchases)
        instance.settle()
    assert digest(data) == before
    assert status(data)["projections"]["profile"]["events"] == events == ROWS + ROWS // 50


@pytest.mark.parametrize("flags", [(), ("--processes",)], ids=["one process", "processes"])
def test_ten_kills_end_in_the_undisturbed_state(
    tmp_path: Path,
    purchases: tuple[Path, Path],
    undisturbed: tuple[Path, dict[str, str]],
    flags: tuple[str, ...],
) -> None:
    chance = random.Random(os.environ.get("C360_KILL_SEED", "360"))
    for _ in range(KILLS):
        _live_and_die(tmp_path, purchases, chance, flags)
    with Running(tmp_path, *flags) as instance:
        _import(instance, purchases)
        instance.settle()
    assert digest(tmp_path) == undisturbed[1]
    assert status(tmp_path)["deadLetters"] == 0


def _live_and_die(
    data: Path, purchases: tuple[Path, Path], chance: random.Random, flags: tuple[str, ...]
) -> None:
    """One life of an instance: an import begins, and at a random moment both are killed."""
    instance = Running(data, *flags)
    instance.wait_ready()
    importing = subprocess.Popen(
        [C360, *_import_command(instance, purchases)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(chance.uniform(0.2, 2.0))
    instance.kill()
    importing.send_signal(signal.SIGKILL)
    importing.wait()


def test_a_kill_between_commit_and_relay_ends_in_the_undisturbed_state(
    tmp_path: Path, undisturbed: tuple[Path, dict[str, str]]
) -> None:
    data, wanted = undisturbed
    script = Path(__file__).with_name("killed_before_relay.py")
    deaths = 0
    command = [sys.executable, script, data, tmp_path]
    while (code := subprocess.run(command, check=False).returncode) != 0:
        assert code == -signal.SIGKILL
        deaths += 1
    assert deaths == 3
    assert digest(tmp_path) == wanted
