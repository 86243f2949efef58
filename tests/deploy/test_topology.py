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
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = (one for one in told.splitlines() if one.startswith("MEMBERS :="))
    return set(_MEMBER.findall(line))


def _targets() -> set[str]:
    stages = re.findall(r"^FROM \S+ AS (\S+)$", _read("Dockerfile"), re.MULTILINE)
    return {name for name in stages if f"build-{name}" in stages}


def _containers() -> set[str]:
    containers = yaml.safe_load(_read("docker-compose.yml"))["services"]
    return {name for name, one in containers.items() if one.get("build")}


def _bases() -> set[str]:
    resources = yaml.safe_load((K8S / "base/kustomization.yaml").read_text())["resources"]
    return {name for name in resources if (K8S / "base" / name).is_dir()}


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
    "Dockerfile": _targets,
    "docker-compose.yml": _containers,
    "k8s/base": _bases,
    "k8s/overlays/kind": lambda: _images("overlays/kind"),
    "k8s/overlays/production": lambda: _images("overlays/production"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_place_names_the_parts_and_no_others(place: str) -> None:
    assert PLACES[place]() == ALL


def _subgraphs(text: str) -> dict[str, str]:
    (told,) = re.findall(r"C360_SUBGRAPHS[:=] ?(\S+)", text)
    return dict(pair.split("=", 1) for pair in told.split(","))


@pytest.mark.parametrize("name", ["docker-compose.yml", "k8s/base/kustomization.yaml"])
def test_the_gateway_is_told_where_each_service_listens(name: str) -> None:
    assert _subgraphs(_read(name)) == OWN_URLS


def test_secrets_are_made_for_each_key_that_there_is(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts/kind-secrets", tmp_path], check=True)
    own = {one.name for one in SERVICES if one.needs_key}
    keys = {*own, "instance", "token", *(f"subgraph-{name}" for name in NAMES)}
    assert {file.stem for file in (tmp_path / "secrets").glob("*.key")} == keys


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
