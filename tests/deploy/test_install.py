"""`scripts/install VENV SERVICE`, run as the Dockerfile runs it: on the build context alone.

No container engine is needed, nor is one used: what this cannot show is the image around it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from c360_cli.topology import PARTS, PORTS
from tests.deploy.rendering import ROOT
from tests.e2e.running import STOP_S, free_port

pytestmark = pytest.mark.slow
SERVICES = tuple(part.name for part in PARTS)
SHARED = {"c360", "c360-kernel", "c360-mapping", "c360-proto", "c360-subgraph"}
OWN: Mapping[str, set[str]] = {
    "gateway": {"c360-connectors", "c360-federation", "c360-policy"},
    "activation": {"c360-outgoing"},
    "connect": {"c360-connectors", "c360-outgoing"},
}
START_S = 180


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `COPY . .` would hold, by .dockerignore: an allow-list, then names left out."""
    context = tmp_path_factory.mktemp("context")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    left_out = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    for name in (line[1:] for line in lines if line.startswith("!")):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns(*left_out)
            shutil.copytree(ROOT / name, context / name, ignore=ignore)
        else:
            shutil.copy2(ROOT / name, context / name)
    return context


@pytest.fixture(scope="module", params=SERVICES)
def installed(
    request: pytest.FixtureRequest, context: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A service's name and the virtual environment that holds it."""
    service: str = request.param
    venv = tmp_path_factory.mktemp(service) / "venv"
    done = subprocess.run(
        [context / "scripts/install", venv, service],
        cwd=context,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        # What is never imported here need not be compiled.
        env={**os.environ, "PIP_NO_COMPILE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return service, venv


def _members(venv: Path) -> set[str]:
    listed = subprocess.run(
        [venv / "bin/python", "-m", "pip", "list", "--format=json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {p["name"] for p in json.loads(listed.stdout) if p["name"].startswith("c360")}


def test_an_environment_holds_its_service_and_no_other(installed: tuple[str, Path]) -> None:
    service, venv = installed
    assert _members(venv) == {*SHARED, f"c360-{service}", *OWN.get(service, ())}


def test_help_works_without_the_other_services(installed: tuple[str, Path]) -> None:
    service, venv = installed
    found = subprocess.run(
        [venv / "bin/c360", "serve", service, "--help"], capture_output=True, check=False
    )
    assert found.returncode == 0, found.stderr


@pytest.fixture
def serving(installed: tuple[str, Path], tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A service's name and the URL at which it lives, in a process that knows no checkout."""
    service, venv = installed
    port = free_port()
    with (tmp_path / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [venv / "bin/c360", "serve", service, "--port", str(port)],
            cwd=tmp_path,
            env={"PATH": os.defpath, "C360_DATA": str(tmp_path / "data")},
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_S
        while _get(f"{url}/livez")[0] != 200:
            complaint = (tmp_path / "output.txt").read_text()
            assert process.poll() is None and time.monotonic() < deadline, complaint
            time.sleep(0.1)
        yield service, url
    finally:
        process.terminate()
        process.wait(STOP_S)


def _get(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())
    except OSError:
        return 0, {}


def test_it_serves_by_itself_and_says_what_it_misses(serving: tuple[str, str]) -> None:
    service, url = serving
    status, body = _get(f"{url}/readyz")
    if service == "gateway":
        assert (status, set(body["missing"])) == (503, set(PORTS))
    elif service == "connect":
        assert (status, body["connectors"]) == (200, [])
    else:
        assert (status, body["subgraph"]) == (200, service)
