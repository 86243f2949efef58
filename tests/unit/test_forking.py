"""Forked processes wait for the word, and go with the process that they come from."""

from __future__ import annotations

import subprocess
import sys

# Each in an interpreter of its own: one that runs tests has threads.
_FORKS = """
import asyncio, os, sys
from c360_cli.running.forking import fork

forked = fork(["one", "two"])
if forked.name:
    print("begun", forked.name, flush=True)
    sys.exit(7 if forked.name == "one" else len(os.read(0, 1)))

async def main():
    first, second = forked.children.values()
    first.begin()
    print("ended", await first.wait(), flush=True)
    {then}

asyncio.run(main())
"""


def _printed(then: str) -> list[str]:
    """What all of them print until the last one has ended, which closes the output."""
    code = _FORKS.format(then=then)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_one_that_is_begun_goes_on_and_its_code_is_seen() -> None:
    assert _printed("")[:2] == ["begun one", "ended 7"]


def test_one_that_was_never_begun_ends_with_its_parent() -> None:
    assert "begun two" not in _printed("")


def test_the_end_of_the_parent_is_the_end_of_the_input_of_one_that_was_begun() -> None:
    assert _printed("second.begin(); os._exit(0)") == ["begun one", "ended 7", "begun two"]


def test_one_can_be_ended() -> None:
    # Whatever it was about to print may end in the middle.
    ended = _printed("second.begin(); second.terminate(); print('\\n', await second.wait())")
    assert ended[-1].strip() == "-15"


def test_one_that_ended_before_it_was_begun_is_seen_to_have_ended() -> None:
    killed = "os.kill(second.pid, 9); os.waitid(os.P_PID, second.pid, os.WEXITED | os.WNOWAIT)"
    assert _printed(f"{killed}; second.begin(); print(await second.wait())")[-1] == "-9"
