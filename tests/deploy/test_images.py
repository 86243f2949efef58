"""The Dockerfile and the locks, as far as they can be read; `test_install` runs the script."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from c360_cli.topology import PARTS
from c360_cli.topology import SERVICES as TOPOLOGY
from tests.deploy.rendering import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = {part.name: part.port for part in PARTS}
_DRIVERS = {"neo4j": {"neo4j"}, "mongodb": {"pymongo"}, "": set[str]()}
STORE_DRIVERS = {
    **{one.name: _DRIVERS[one.server] for one in TOPOLOGY},
    "gateway": {"pymongo"},
    "connect": set[str](),
}
_PIN = re.compile(r"^([a-z0-9-]+)==([^ \\;]+)(?: ; [^\\]+?)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def _stages() -> Mapping[str, str]:
    """The instructions of every stage by its name."""
    parts = re.split(r"^FROM \S+ AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _pins(lock: Path) -> Mapping[str, str]:
    found = (_PIN.match(line) for line in lock.read_text().splitlines())
    return {pin[1]: pin[2] for pin in found if pin}


def _lock(service: str) -> Path:
    return ROOT / "services" / service / "requirements.lock"


def _runtime_names() -> set[str]:
    """What the command's own package asks for, besides ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^a-z0-9-]", need)[0] for need in project["dependencies"]}
    return {name for name in names if not name.startswith("c360-")}


def test_an_image_holds_the_service_that_it_is_built_for() -> None:
    stages = _stages()
    assert set(stages) == {"build", "runtime"}
    assert "ARG SERVICE\n" in stages["build"]
    assert re.search(r'RUN scripts/install /opt/c360 "\$\{SERVICE:\?', stages["build"])
    assert "COPY --from=build /opt/c360 /opt/c360\n" in stages["runtime"]


def test_images_run_as_the_user_of_the_manifests() -> None:
    runtime = _stages()["runtime"]
    assert "USER 65532:65532\n" in runtime
    assert 'ENTRYPOINT ["c360", "serve"]' in runtime
    assert "CMD" not in runtime


def test_the_interpreter_of_build_and_runtime_is_one() -> None:
    bases = re.findall(r"^FROM (\S+) AS (build|runtime)$", DOCKERFILE, re.MULTILINE)
    assert [stage for _, stage in bases] == ["build", "runtime"]
    assert len({image for image, _ in bases}) == 1


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_is_locked_to_the_versions_that_are_tested(service: str) -> None:
    tested = _pins(ROOT / "requirements.lock")
    locked = _pins(_lock(service))
    assert locked and locked.items() <= tested.items()


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_services_lock_holds_its_drivers_the_command_and_no_other_store(service: str) -> None:
    locked = set(_pins(_lock(service)))
    assert locked & {"neo4j", "pymongo"} == STORE_DRIVERS[service]
    assert {"aiokafka", "hatchling", *_runtime_names()} <= locked
    assert not locked & {"pytest", "ruff", "hypothesis"}


@pytest.mark.parametrize("service", ["", *sorted(SERVICES)])
def test_a_lock_is_hashes_only_without_hosts_or_paths(service: str) -> None:
    lock = _lock(service) if service else ROOT / "requirements.lock"
    _assert_hashes_only(lock)


def _assert_hashes_only(lock: Path) -> None:
    for line in lock.read_text().splitlines():
        assert _PIN.match(line) or _HASH.match(line), line


def test_what_tests_alone_need_is_locked_apart_and_no_set_up_waits_for_it() -> None:
    lock = ROOT / "tests/requirements.lock"
    _assert_hashes_only(lock)
    alone = set(_pins(lock))
    assert "pyarrow" in alone
    assert not alone & set(_pins(ROOT / "requirements.lock"))
    assert not [one for one in SERVICES if "pyarrow" in _pins(_lock(one))]
    made = subprocess.run(
        ["make", "--dry-run", "--always-make", "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tests/requirements.lock" not in made.stdout


def test_the_build_context_holds_what_the_install_script_reads() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[1] == "*"
    for name in ("pyproject.toml", "README.md", "scripts/install", "proto", "libs", "services"):
        assert f"!{name}" in allowed
