"""docker-compose.yml: valid by the compose specification, and agreeing with the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from c360_cli.topology import CONNECT, GATEWAY, PARTS, PORTS
from c360_cli.topology import SERVICES as TOPOLOGY
from tests.deploy.rendering import K8S, ROOT

FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVICES = {part.name: part.port for part in PARTS}
STORES = {"neo4j", "mongodb", "kafka"}
COLLECTOR: dict[str, Any] = yaml.safe_load(
    (ROOT / "examples/observability/collector.yaml").read_text()
)


def _check(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema"]
    return subprocess.run(
        [*command, "--builtin-schema", "vendor.compose-spec", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_valid_by_the_compose_specification() -> None:
    checked = _check(FILE)
    assert checked.returncode == 0, checked.stdout


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(FILE.read_text().replace("healthcheck:", "healthchek:", 1))
    assert _check(wrong).returncode != 0


def test_it_runs_the_services_their_stores_and_a_collector() -> None:
    assert set(CONTAINERS) == {*SERVICES, *STORES, "collector", "keys"}


def _keys_in_the_cluster(part: str) -> set[str]:
    output = "".join(file.read_text() for file in (K8S / "base" / part).glob("*.yaml"))
    found = {key for key in re.findall(r"path: (\S+\.key)", output) if "previous" not in key}
    return found


def test_each_part_is_given_the_keys_that_it_has_in_the_cluster_and_no_other(
    tmp_path: Path,
) -> None:
    given = _shared(tmp_path)
    services = {name: _keys_in_the_cluster(name) for name in PORTS}
    assert {name: set(given[name]) for name in PORTS} == services
    signing = {f"subgraph-{name}.key" for name in PORTS}
    # The local issuer, which production refuses.
    assert set(given["gateway"]) == {*_keys_in_the_cluster("gateway"), *signing, "token.key"}
    assert given["connect"] == {}


def test_parts_hold_the_same_keys_for_ever_those_of_before_too(tmp_path: Path) -> None:
    before = tmp_path / "instance/keys"
    before.mkdir(parents=True)
    (before / "identity.key").write_text("1f" * 32)
    given = _shared(tmp_path)
    assert given["identity"]["identity.key"] == "1f" * 32
    assert given["gateway"]["subgraph-audit.key"] == given["audit"]["subgraph-audit.key"]
    (before / "identity.key").unlink()
    assert _shared(tmp_path) == given
    values = [value for part in given.values() for value in part.values()]
    assert len(set(values)) == len(values) - len(PORTS)
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in values)


def test_a_customer_that_was_forgotten_stays_so(tmp_path: Path) -> None:
    first = _shared(tmp_path)["gateway"]["subjects.key"]
    (tmp_path / "gateway" / "subjects.key").write_text("1 1 what is left\n")
    assert _shared(tmp_path)["gateway"]["subjects.key"] == "1 1 what is left\n"
    kept = {file.read_text() for file in (tmp_path / "all").iterdir()}
    assert first not in kept


def _shared(root: Path) -> dict[str, dict[str, str]]:
    """What each part holds after the script ran over volumes under a folder."""
    for name in ("all", "connectors", *SERVICES):
        (root / name).mkdir(exist_ok=True)
    command = ["sh", ROOT / "scripts/share-keys", root / "all", root / "instance", root]
    subprocess.run(command, check=True)
    return {
        name: {file.name: file.read_text() for file in (root / name).iterdir()} for name in SERVICES
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_part_mounts_its_own_keys(name: str) -> None:
    found = CONTAINERS[name]
    assert f"keys-{name}:/data/keys" in found["volumes"]
    assert not [one for one in found["volumes"] if "keys-" in one and name not in one]
    assert found["depends_on"]["keys"] == {"condition": "service_completed_successfully"}
    assert f"keys-{name}:/keys/{name}" in CONTAINERS["keys"]["volumes"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_built_by_its_name_and_has_no_more_rights_than_it_needs(name: str) -> None:
    found = CONTAINERS[name]
    assert found["build"] == {"context": ".", "args": {"SERVICE": name}}
    assert found["command"] == [name]
    assert found["image"] == f"c360-{name}:local"
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_healthy_when_it_is_ready_on_the_port_of_the_code(name: str) -> None:
    requested = CONTAINERS[name]["healthcheck"]["test"][-1]
    assert f"http://127.0.0.1:{SERVICES[name]}/readyz" in requested


def test_every_store_is_checked_and_waited_for() -> None:
    waited = {
        name: {
            other
            for other, how in CONTAINERS[name]["depends_on"].items()
            if how["condition"] == "service_healthy"
        }
        for name in SERVICES
    }
    servers = {one.name: {one.server} - {""} for one in TOPOLOGY}
    assert waited == {
        **{name: {"kafka", *server} for name, server in servers.items()},
        "gateway": {"kafka", "mongodb", *PORTS},
        "connect": {"kafka", "gateway"},
    }
    assert all("healthcheck" in CONTAINERS[store] for store in STORES)


def test_only_the_gateway_and_the_metrics_leave_the_network_and_only_to_this_machine() -> None:
    published = {name: found["ports"] for name, found in CONTAINERS.items() if "ports" in found}
    assert published == {
        "gateway": [f"127.0.0.1:{GATEWAY.port}:{GATEWAY.port}"],
        "collector": ["127.0.0.1:9464:9464"],
    }


def test_a_service_is_told_of_its_own_store_alone() -> None:
    stores = {
        name: {key for key in CONTAINERS[name]["environment"] if key.endswith("_STORE")}
        for name in SERVICES
    }
    own = {one.name: {f"C360_{one.store_setting.upper()}"} for one in TOPOLOGY if one.server}
    none = {name: set() for name in (*PORTS, CONNECT.name)}
    assert stores == {**none, **own, "gateway": {"C360_POLICY_STORE"}}


def test_connectors_and_their_secrets_are_where_they_are_run_and_where_they_receive() -> None:
    folder = CONTAINERS["connect"]["environment"]["C360_CONNECTOR_SECRETS"]
    for name in ("connect", "gateway"):
        assert CONTAINERS[name]["environment"]["C360_CONNECTOR_SECRETS"] == folder
        assert {"instance:/data", f"connector-keys:{folder}"} <= set(CONTAINERS[name]["volumes"])
    # They are the runner's to read once they are there, and nobody else's.
    assert "connector-keys:/keys/connectors" in CONTAINERS["keys"]["volumes"]
    holding = {name for name, one in CONTAINERS.items() if "connector-keys" in str(one)}
    assert holding == {"connect", "gateway", "keys"}


def test_the_runner_of_connectors_sends_to_the_gateway() -> None:
    environment = CONTAINERS["connect"]["environment"]
    assert environment["C360_CONNECT_GATEWAY"] == f"http://gateway:{GATEWAY.port}"


def test_every_named_volume_and_mounted_file_is_there() -> None:
    for found in CONTAINERS.values():
        for volume in found.get("volumes", ()):
            source = volume.split(":")[0]
            assert (
                (ROOT / source).is_file()
                if source.startswith("./")
                else (source in COMPOSE["volumes"])
            )


def test_the_collector_listens_where_services_send_and_scrapes_all_of_them() -> None:
    sent = {CONTAINERS[name]["environment"]["C360_OTLP_ENDPOINT"] for name in SERVICES}
    received = COLLECTOR["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert sent == {f"http://collector:{received.rpartition(':')[2]}"}
    (job,) = COLLECTOR["receivers"]["prometheus"]["config"]["scrape_configs"]
    assert job["static_configs"] == [{"targets": "${env:SCRAPED}"}]
    scraped = yaml.safe_load(CONTAINERS["collector"]["environment"]["SCRAPED"])
    assert set(scraped) == {f"{name}:{port}" for name, port in SERVICES.items()}


@pytest.mark.parametrize(
    "file", ["examples/observability/collector.yaml", "k8s/components/monitoring/config.yaml"]
)
def test_a_collectors_pipelines_are_made_of_what_it_declares(file: str) -> None:
    config: dict[str, Any] = yaml.safe_load((ROOT / file).read_text())
    for pipeline in config["service"]["pipelines"].values():
        for role, names in pipeline.items():
            assert set(names) <= set(config[role])
    assert set(config["service"].get("extensions", ())) == set(config.get("extensions", ()))
