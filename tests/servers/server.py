"""What every server has in common: a process group of its own, a port, a log, an end."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from tests.ports import free_port
from tests.servers.keeper import Keeper

_STOP_S = 30
_PROBE_PAUSE_S = 0.2
_LOG_LINES = 60


class ServerFailed(Exception):
    """A server that is installed did not come up."""


class Server(ABC):
    """One server over one directory and port; both stay the same through kill and start."""

    name: ClassVar[str]
    startup_s: ClassVar[float] = 240

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """How clients name it."""

    @abstractmethod
    def command(self) -> list[str]:
        """What to run. Raises `Unavailable` when it cannot be had."""

    @abstractmethod
    def probe(self) -> None:
        """One round trip of the server's own protocol; raises while it is not up."""

    def start(self) -> None:
        """Start and wait until it answers. Raises `ServerFailed` with the end of its log."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        keeper().keep(self._process.pid)
        self._wait_until_up()

    def kill(self) -> None:
        """SIGKILL, as a crash would; what it had not written is lost."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not help."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, once this returns."""
        assert self._process is not None
        self._signal(signal.SIGSTOP)
        # A thread that runs on another core may answer until it too has stopped.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_end(self) -> str:
        """The last lines of its log."""
        if not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])

    @property
    def _log(self) -> Path:
        return self.directory / "server.log"

    def _wait_until_up(self) -> None:
        process = self._process
        assert process is not None
        deadline = time.monotonic() + self.startup_s
        while True:
            try:
                self.probe()
            except Exception as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise ServerFailed(f"{self.name} did not start:\n{self.log_end()}") from error
                time.sleep(_PROBE_PAUSE_S)
            else:
                return

    def _signal(self, what: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, what)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        keeper().release(process.pid)


@functools.cache
def keeper() -> Keeper:
    """The keeper of this process."""
    return Keeper()
