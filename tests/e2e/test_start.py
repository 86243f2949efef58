"""Ready means that the first question is answered whole."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.cluster import probe
from tests.e2e.running import Running

OF_ALL_SERVICES = """{ customers(first: 1) { totalCount } segments { name }
  customerByRecord(source: "crm", key: "1") { id profile { name } segments { name } } }"""


@pytest.mark.parametrize(
    "flags", [pytest.param((), marks=pytest.mark.slow), pytest.param(("--processes",))]
)
def test_the_first_question_after_ready_has_no_error(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with Running(tmp_path, *flags):
        pass
    # The second time it has a supergraph before its services are asked for theirs.
    with Running(tmp_path, *flags) as instance:
        answer = instance.ask("privacy_officer", OF_ALL_SERVICES)
    assert "errors" not in answer, answer


@pytest.mark.slow
def test_a_service_that_ends_again_and_again_is_named(tmp_path: Path) -> None:
    # As it is installed: a process that is forked for tests cannot say what its own are called.
    with Running(tmp_path, "--processes", before=("env",)) as instance:
        seen = _killed_until_told(instance, "segment")
    assert seen.startswith("ended 3 times in a row, at last with -9")


def _killed_until_told(instance: Running, service: str) -> str:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        status, body = probe(instance, "/readyz")
        told = body.get("processes", {}).get(service, "")
        if status == 503 and "3 times" in told:
            return told
        for process in _serving(instance, service):
            os.kill(process, signal.SIGKILL)
        time.sleep(0.2)
    raise TimeoutError(f"nobody says that {service} ends again and again")


def _serving(instance: Running, service: str) -> list[int]:
    children = instance.processes()[1:]
    commands = {one: Path(f"/proc/{one}/cmdline").read_text() for one in children}
    return [process for process, one in commands.items() if service in re.split(r"[ \0]", one)]
