"""One list names the services: what builds, runs and deploys them names those and no others."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from c360_cli.commands import options
from c360_cli.commands.serving import urls_of
from c360_cli.topology import GATEWAY, NAMES, PARTS, PORTS, SERVICES
from tests.deploy.rendering import K8S, ROOT

ALL = {part.name for part in PARTS}
OWN_URLS = {name: f"http://{name}:{port}" for name, port in PORTS.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
_MEMBER = re.compile(r"\bservices/(\w+)")


def _read(name: str) -> str:
    return (ROOT / name).read_text()


def _folders(folder: Path) -> set[str]:
    return {one.parent.name for one in folder.glob("*/pyproject.toml")}


def _members_of_the_makefile() -> set[str]:
    command = ["make", "--print-data-base", "--dry-run", "help"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = (one for one in output.splitlines() if one.startswith("MEMBERS :="))
    return set(_MEMBER.findall(line))


def _containers() -> set[str]:
    containers = yaml.safe_load(_read("docker-compose.yml"))["services"]
    return {name for name, one in containers.items() if one.get("build")}


def _bases() -> set[str]:
    base = yaml.safe_load((K8S / "base/kustomization.yaml").read_text())
    return {*base["resources"], *base["components"]}


def _images(overlay: str) -> set[str]:
    wanted = yaml.safe_load((K8S / overlay / "kustomization.yaml").read_text())
    return {one["name"].removeprefix("c360-") for one in wanted["images"] if "c360" in one["name"]}


def _independent() -> set[str]:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (modules,) = (one["modules"] for one in contracts if one["type"] == "independence")
    return {name.removeprefix("c360_") for name in modules}


def _required() -> set[str]:
    needs = {need.removeprefix("c360-") for need in PROJECT["project"]["dependencies"]}
    return needs & {*ALL, *_folders(ROOT / "services")}


PLACES: dict[str, Callable[[], set[str]]] = {
    "folders": lambda: _folders(ROOT / "services"),
    "pyproject.toml, dependencies": _required,
    "pyproject.toml, contracts": _independent,
    "Makefile": _members_of_the_makefile,
    "docker-compose.yml": _containers,
    "k8s/base": _bases,
    "k8s/overlays/production": lambda: _images("overlays/production"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_names_the_parts_and_no_others(place: str) -> None:
    assert PLACES[place]() == ALL


@pytest.mark.parametrize("name", ["docker-compose.yml", "k8s/base/kustomization.yaml"])
def test_the_gateway_is_told_where_each_service_listens(name: str) -> None:
    (found,) = re.findall(r'C360_SUBGRAPHS(?:=|: ")([^"\n]+)', _read(name))
    assert urls_of(found) == OWN_URLS


def test_secrets_are_made_for_each_key_that_there_is(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts/kind-secrets", tmp_path], check=True)
    own = {one.name for one in SERVICES if one.has_own_key}
    keys = {*own, "instance", "subjects", "token", *(f"subgraph-{name}" for name in NAMES)}
    made = dict(line.split("=") for line in _secrets(tmp_path).splitlines())
    assert made.keys() == {f"{key}.key" for key in keys}
    assert len({*made.values()}) == len(keys)


def test_secrets_that_stand_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/identity.key").write_text("of-before")
    subprocess.run([ROOT / "scripts/kind-secrets", tmp_path], check=True)
    first = _secrets(tmp_path)
    subprocess.run([ROOT / "scripts/kind-secrets", tmp_path], check=True)
    assert _secrets(tmp_path) == first
    assert "identity.key=of-before\n" in first


def _secrets(overlay: Path) -> str:
    return (overlay / "secrets/keys.env").read_text()


@pytest.mark.parametrize("script", ["scripts/install", "scripts/lock"])
def test_scripts_read_the_members_off_their_folders(script: str) -> None:
    assert "libs/*/pyproject.toml services/*/pyproject.toml" in _read(script)


def test_commands_offer_the_parts_and_no_others() -> None:
    assert set(options.PartName) == ALL
    assert list(options.ServiceName) == list(NAMES)


def test_every_part_has_a_port_a_package_and_settings_of_its_own() -> None:
    assert len({part.port for part in PARTS}) == len(PARTS)
    assert {part.settings.__module__ for part in PARTS} == {f"c360_{one}.settings" for one in ALL}
    assert all(one.store_setting in one.settings.model_fields for one in SERVICES)


def test_beside_each_other_services_follow_the_gateways_port() -> None:
    """`c360 up --processes` gives them the ports after its own, in this order."""
    assert [one.port for one in SERVICES] == [
        GATEWAY.port + offset for offset in range(1, len(SERVICES) + 1)
    ]
