"""What a schema-driven tester makes of the doors: no fault of ours, no hang, and they go on."""

from __future__ import annotations

import json
import subprocess
import urllib.request
import venv
from pathlib import Path

import pytest

from tests.e2e.running import Running, command
from tests.e2e.test_clients import installed
from tests.e2e.test_tracking_clients import wait_for_key

LOCK = Path(__file__).with_name("fuzzing") / "requirements.lock"
EXAMPLES = 25
LONGEST_S = 10
SEED = 20_260_131
CHECKS = ",".join(("not_a_server_error", "response_schema_conformance", "content_type_conformance"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def schemathesis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("fuzzing")
    venv.create(directory / "venv", with_pip=True)
    python = directory / "venv" / "bin" / "python"
    installed([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", LOCK], directory)
    return python.with_name("schemathesis")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doors") / "data"


def test_no_request_of_the_description_is_a_fault(
    schemathesis: Path, data: Path, tmp_path: Path
) -> None:
    with Running(data) as instance:
        key = command("keys", "add", "--source", "web", "--data", data).strip()
        wait_for_key(instance, key)
        done = subprocess.run(
            [
                schemathesis, "run", f"{instance.url}/openapi.json", "--url", instance.url,
                "--header", f"Authorization: Bearer {key}",
                "--checks", CHECKS,
                "--max-examples", str(EXAMPLES), "--request-timeout", str(LONGEST_S),
                "--seed", str(SEED), "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        with urllib.request.urlopen(f"{instance.url}/readyz", timeout=30) as reply:
            assert json.load(reply)["status"]
