"""Ends process groups when the process that started them is gone, however it went.

Run as a script, it reads `+GROUP` and `-GROUP` lines from its standard input; at
the end of input, which the operating system makes also for a killed writer, it
kills the groups that are left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys


class Keeper:
    """The writer's side: one keeper process per test process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def keep(self, group: int) -> None:
        """End this process group when we are gone."""
        self._tell(f"+{group}")

    def release(self, group: int) -> None:
        """Forget a group that has ended."""
        self._tell(f"-{group}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
