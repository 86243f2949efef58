"""A real instance in processes of its own, driven over HTTP and the command line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

from c360_cli.api.credentials import local_token, minting_of
from c360_cli.assembly import Instance
from c360_cli.catalogs import instance_as_it_is
from c360_cli.directory import DataDirectory
from c360_cli.projections.status import read_status
from c360_cli.recording import put_on_record
from c360_cli.running.ending import END_S
from c360_cli.topology import PARTS
from tests import ports
from tests.e2e.forked import Forked
from tests.e2e.stacks import ASK

C360 = str(Path(sys.executable).with_name("c360"))
START_S = 180
SETTLE_S = 300
# Three times what a process takes at most: one that is not over by then hangs.
STOP_S = 60
COMMAND_S = 300
ANSWER_S = 180
# What a process says that ended with something under way.
LEFT = f"Timeout (0:00:{END_S:02.0f})!"
_SUBJECT = "local-user"


def free_port() -> int:
    """A loopback port that nobody listens on, nor on those above it that its services take."""
    return ports.free_port(len(PARTS))


Environment = dict[str, str]
NOTHING: Environment = {}


def command(*arguments: str | Path, env: Environment = NOTHING) -> str:
    """Run `c360` to its end and return what it printed; fail with what it complained of."""
    with TemporaryDirectory() as folder:
        printed, complained = Path(folder, "printed"), Path(folder, "complained")
        done = Forked([*map(str, arguments)], {**os.environ, **env}, printed, complained)
        try:
            ended = done.wait(COMMAND_S)
        finally:
            done.send_signal(signal.SIGKILL)
        assert ended == 0, complained.read_text()
        return printed.read_text()


def digest(data: Path, env: Environment = NOTHING) -> dict[str, str]:
    """What `c360 digest` prints, without the start of a command."""
    return _here(_digest, data, env)


def status(data: Path, env: Environment = NOTHING) -> dict[str, Any]:
    """What `c360 status --json` prints, without the start of a command."""
    return _here(_status, data, env)


T = TypeVar("T")


def _here(ask: Callable[[Instance], Coroutine[Any, Any, T]], data: Path, env: Environment) -> T:
    """Ask an instance under these settings."""
    DataDirectory(data).require()
    with patch.dict(os.environ, env):
        return _in_a_thread(lambda: asyncio.run(ask(instance_as_it_is(data))))


def _in_a_thread(work: Callable[[], T]) -> T:
    """Do it where no event loop runs yet."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _minted(data: Path, role: str) -> str:
    """What `c360 token` prints and puts on record."""
    DataDirectory(data).require()
    token = local_token(data, [role], _SUBJECT)
    put_on_record(data, minting_of(token, _SUBJECT))
    return token


async def _digest(instance: Instance) -> dict[str, str]:
    found = {"catalog": instance.catalog.digest}
    for service in instance.deriving:
        store = service.open_store()
        found[service.name] = await store.digest()
        await store.close()
    return found


async def _status(instance: Instance) -> dict[str, Any]:
    log = instance.open_log()
    try:
        return dict((await read_status(instance, log)).as_json())
    finally:
        await log.close()


class Running:
    """`c360 up` (or another long-running subcommand) on a data directory."""

    def __init__(
        self,
        data: Path,
        *flags: str,
        subcommand: tuple[str, ...] = ("up",),
        env: Environment = NOTHING,
        before: tuple[str, ...] = (),
    ) -> None:
        self.data = data
        self.env = env
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._subcommand = subcommand
        self._before = before
        self._flags = flags
        self._tokens: dict[tuple[str, ...], str] = {}
        self.process = self._start()

    def __enter__(self) -> Running:
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output()
            if self._ready():
                return
            time.sleep(0.05)
        raise AssertionError(f"not ready after {START_S} s: {self.output()}")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def processes(self) -> list[int]:
        """The process of an instance, and its services'."""
        mine = self.process.pid
        listed = Path(f"/proc/{mine}/task/{mine}/children").read_text()
        return [mine, *map(int, listed.split())]

    def kill_all(self) -> None:
        """SIGKILL to all its processes, none of which sees another one end."""
        mine, *children = self.processes()
        os.kill(mine, signal.SIGSTOP)
        for child in children:
            os.kill(child, signal.SIGKILL)
        self.kill()

    def restart(self) -> None:
        """Start it again where it was, and wait until it is ready."""
        self.process = self._start()
        self.wait_ready()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self._wait_for_the_end()

    def _wait_for_the_end(self) -> None:
        try:
            self.process.wait(STOP_S)
            assert LEFT not in self.output(), self.output()
        except subprocess.TimeoutExpired:
            said = self.output()
            # It may end meanwhile: that it took so long is a fault all the same.
            with suppress(OSError):
                self._ask_where_it_is()
                self.kill_all()
            told = self.output()[len(said) :]
            raise AssertionError(f"not ended within {STOP_S} s: {said[-2_000:]}{told}") from None

    def _ask_where_it_is(self) -> None:
        """Twice, so that what stands still is told from what goes on."""
        for _ in range(2):
            for one in self.processes() if isinstance(self.process, Forked) else ():
                os.kill(one, ASK)
            time.sleep(1)

    def output(self) -> str:
        return self._log_file().read_text()

    def signal(self, number: signal.Signals) -> None:
        """Send any signal."""
        self.process.send_signal(number)

    def settle(self) -> None:
        """Wait until every entry is handled and relayed."""
        deadline = time.monotonic() + SETTLE_S
        while status(self.data, self.env)["lag"]:
            assert time.monotonic() < deadline, status(self.data, self.env)
            assert self.process.poll() is None, self.output()
            time.sleep(0.1)

    def token(self, role: str, *flags: str) -> str:
        wanted = (role, *flags)
        if wanted not in self._tokens:
            self._tokens[wanted] = (
                command("token", "--data", self.data, "--role", role, *flags).strip()
                if flags
                else _in_a_thread(lambda: _minted(self.data, role))
            )
        return self._tokens[wanted]

    def ask(self, role: str, query: str, **variables: object) -> dict[str, Any]:
        """The answer to a query asked as a role."""
        return self.post({"query": query, "variables": variables}, self.token(role))[1]

    def post(self, body: object, token: str | None = None) -> tuple[int, dict[str, Any]]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"{self.url}/graphql", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")

    def _start(self) -> subprocess.Popen[bytes] | Forked:
        self.data.mkdir(parents=True, exist_ok=True)
        place = ["--data", str(self.data), "--port", str(self.port)]
        arguments = [*self._subcommand, *place, *self._flags]
        env = {**os.environ, **self.env, "PYTHONUNBUFFERED": "1"}
        if not self._before:
            return Forked(arguments, env, self._log_file())
        with self._log_file().open("ab") as output:
            return subprocess.Popen(
                [*self._before, C360, *arguments],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=env,
            )

    def _log_file(self) -> Path:
        return self.data / f"output-{self.port}.txt"

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
