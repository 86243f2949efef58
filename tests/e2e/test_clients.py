"""The clients of `examples/clients` take a partial answer as docs/clients.md says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.e2e.running import Running

EXAMPLES = Path(__file__).parents[2] / "examples" / "clients"
INSTALL_S = 300
pytestmark = pytest.mark.slow


def unavailable(reason: str) -> NoReturn:
    """Skip, or fail where everything has to run."""
    if os.environ.get("C360_REQUIRE_SERVERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def run(arguments: list[str | Path], directory: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=directory,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(arguments: list[str | Path], directory: Path) -> None:
    try:
        run(arguments, directory)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        unavailable(f"the packages of examples/clients cannot be installed: {str(error)[-500:]}")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("clients") / "examples"
    ignored = shutil.ignore_patterns("node_modules", "__generated__")
    yield Path(shutil.copytree(EXAMPLES, directory, ignore=ignored))


@pytest.fixture(scope="module")
def node(examples: Path) -> Path:
    if shutil.which("npm") is None:
        unavailable("no client of JavaScript is tried: there is no Node here")
    installed(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], examples)
    return examples


@pytest.fixture(scope="module")
def python(examples: Path) -> Path:
    venv.create(examples / "venv", with_pip=True)
    made = examples / "venv" / "bin" / "python"
    requirements = examples / "requirements.txt"
    installed([made, "-m", "pip", "install", "-q", "-r", requirements], examples)
    return made


def last_output(people: Running, arguments: list[str | Path], directory: Path) -> dict[str, Any]:
    """What the example prints last, asked as somebody who sees neither name nor phone."""
    printed = run(
        arguments,
        directory,
        C360_URL=f"{people.url}/graphql",
        C360_TOKEN=people.token("marketing_analyst"),
    )
    return json.loads(printed.splitlines()[-1])


def check(answer: dict[str, Any]) -> None:
    assert answer["byDefault"]["failed"]
    assert not answer["withHeader"].get("failed")
    assert answer["withHeader"]["profile"]["loyaltyTier"] == "gold"
    assert answer["withHeader"]["profile"]["phone"] is None
    actions = {name: one["action"] for name, one in answer["withHeader"]["policy"].items()}
    assert actions == {"Profile.name": "DENIED", "Profile.phone": "DENIED"}


@pytest.mark.parametrize("client", ["apollo", "urql", "relay"])
def test_a_client_of_javascript_takes_a_partial_answer(
    members: Running, node: Path, client: str
) -> None:
    check(last_output(members, ["npm", "run", "-s", client], node))


def test_the_python_client_takes_a_partial_answer(members: Running, python: Path) -> None:
    check(last_output(members, [python, "gql_client.py"], python.parents[2]))


@pytest.fixture(scope="module")
def members(people: Running) -> Running:
    """The people, with a loyalty tier that everybody may see."""
    mutation = """mutation ($records: [RecordInput!]!) {
      upsertRecords(records: $records, wait: PROFILE) { results { status } } }"""
    records = [
        {"source": source, "key": key, "observedAt": 1_700_000_200_000, "traits": traits}
        for source, key, traits in (
            ("crm", "1", {"name": "Wang", "phone": "13900000001", "loyaltyTier": "gold"}),
            ("crm", "2", {"name": "Li", "phone": "13900000002", "loyaltyTier": "gold"}),
        )
    ]
    body = {"query": mutation, "variables": {"records": records}}
    status, answer = people.post(body, people.token("connector"))
    assert status == 200, answer
    return people
