"""`c360` in a process forked from one that has read all modules: reading them is most of a start.

It is a process as any other: its own settings, output and signals, and killed as any other. What is
about the command as it is installed, and what runs under another program, starts it from disk.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO, cast

from tests.e2e.stacks import tell_when_asked

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.e2e.preloaded"])


class Forked:
    """One run of `c360`, with as much of `subprocess.Popen` as its users need.

    What it complains of goes where its output does, unless `errors` is another file.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        files = str(output), str(errors or output)
        self._process = _FORKING.Process(
            target=_run, args=(list(arguments), dict(env), *files), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Of the process itself."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As `subprocess.Popen` has it: below zero for who was ended by a signal."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Its return code, None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its return code once it has ended. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("c360", timeout or 0)
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send any signal, to a process that is there."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(arguments: list[str], env: dict[str, str], output: str, errors: str) -> None:
    """All of the process's life."""
    os.environ.clear()
    os.environ.update(env)
    _write_to(output, errors)
    tell_when_asked()
    sys.argv = ["c360", *arguments]
    from c360_cli.entry import main

    try:
        main()
    finally:
        # A forked process ends without them.
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - there is no public way
        sys.stdout.flush()


def _write_to(*outputs: str) -> None:
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, output in enumerate(outputs, 1):
        with Path(output).open("ab") as file:
            os.dup2(file.fileno(), number)
    for stream in (sys.stdout, sys.stderr):
        cast("TextIO", stream).reconfigure(write_through=True)
