"""Clients of Segment and RudderStack, as published, deliver through a gateway that is killed."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import venv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.topics import EVENTS

from c360_cli.catalogs import instance_as_it_is
from tests.e2e.engines import Engines
from tests.e2e.running import Running, command, status
from tests.e2e.test_clients import installed, unavailable

CLIENTS = Path(__file__).with_name("tracking_clients")
NAMES = ("segment", "rudder")
EACH = 10_000
TAKEN_BEFORE = 2_000
PATIENCE_S = 240
# What a client may have sent without an answer to it when the gateway is killed.
UNDER_WAY = 1_500
pytestmark = pytest.mark.slow
Command = Sequence[str | Path]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Command:
    directory = tmp_path_factory.mktemp("python")
    venv.create(directory / "venv", with_pip=True)
    made = directory / "venv" / "bin" / "python"
    lock = CLIENTS / "requirements.lock"
    installed([made, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], directory)
    return made, CLIENTS / "send.py"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Command:
    if shutil.which("npm") is None:
        unavailable("no client of JavaScript is tried: there is no Node here")
    directory = tmp_path_factory.mktemp("node")
    for name in ("package.json", "send.js"):
        shutil.copy(CLIENTS / name, directory)
    installed(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], directory)
    return "node", directory / "send.js"


@pytest.fixture(params=["python", "node"])
def sender(request: pytest.FixtureRequest) -> Iterator[Command]:
    yield request.getfixturevalue(request.param)


def test_nothing_is_lost_and_nothing_is_doubled_by_a_kill(sender: Command, data: Path) -> None:
    _expect_all_once(sender, data)


@pytest.mark.servers
def test_nor_on_servers(
    python: Command, data: Path, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engines.env.items():
        monkeypatch.setenv(name, value)
    _expect_all_once(python, data)


def _expect_all_once(sender: Command, data: Path) -> None:
    with Running(data) as instance, ExitStack() as stack:
        key = command("keys", "add", "--source", "web", "--data", data).strip()
        wait_for_key(instance, key)
        sending = [started(stack, sender, name, instance.url, key) for name in NAMES]
        asyncio.run(taken(instance, len(NAMES) * TAKEN_BEFORE))
        for one in sending:
            go_on(one)
        instance.kill()
        instance.restart()
        assert [ended(one) for one in sending] == ["0"] * len(sending)
        instance.settle()
    sent = {f"{name}-{number % 100}:{number}" for name in NAMES for number in range(EACH)}
    written = asyncio.run(written_to(data))
    assert {what for what, _ in written} == sent
    assert len({message for _, message in written}) == len(sent)
    again = sum(Counter(message for _, message in written).values()) - len(sent)
    assert again <= UNDER_WAY * len(NAMES)
    found = status(data)
    assert found["projections"]["profile"]["events"] == len(sent)
    assert found["deadLetters"] == 0


def started(
    stack: ExitStack, sender: Command, name: str, url: str, key: str
) -> subprocess.Popen[str]:
    arguments = [*map(str, sender), name, url, key, str(EACH)]
    process = stack.enter_context(
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    )
    stack.callback(process.kill)
    return process


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ended(process: subprocess.Popen[str]) -> str:
    """What it printed at its end."""
    printed, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    return printed.strip()


def wait_for_key(instance: Running, key: str) -> None:
    """Until the gateway has read of it."""
    headers = {"authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{instance.url}/v1/batch", b'{"batch": []}', headers)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            assert error.code == 401 and time.monotonic() < deadline, error.read()
            time.sleep(0.2)
        else:
            return


async def taken(instance: Running, count: int) -> None:
    """Return once the log has so many events."""
    log = instance_as_it_is(instance.data).open_log()
    try:
        async with asyncio.timeout(PATIENCE_S):
            while sum((await log.ends([EVENTS])).values()) < count:
                await asyncio.sleep(0.02)
    finally:
        await log.close()


async def written_to(data: Path) -> list[tuple[str, str]]:
    """Who did what, and by which message id, of each event on the log."""
    log = instance_as_it_is(data).open_log()
    try:
        entries = [
            entry
            for partition, end in (await log.ends([EVENTS])).items()
            for begin in range(0, end, 1_000)
            for entry in await log.read(partition, begin, 1_000)
        ]
    finally:
        await log.close()
    events = [decode(EVENTS, entry.data) for entry in entries]
    return [(f"{one.record.key}:{one.properties['productId']}", one.message_id) for one in events]
