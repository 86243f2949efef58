"""What holds of the Kubernetes files as they are written; needs no kubectl."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kubernetes_validate
import pytest
from c360_kernel.catalog.loader import default_catalog_text
from c360_policy import defaults

from c360_cli.topology import CONNECT, GATEWAY, PARTS, PORTS, service_named
from tests.deploy.rendering import (
    K8S,
    Manifest,
    container,
    key_sources,
    of_kind,
    pod,
    workloads,
    written,
)

SERVICES = {part.name: part.port for part in PARTS}
WITH_KEYS = sorted(SERVICES.keys() - {CONNECT.name})
ALL = list(written())
BASE = [manifest for _, manifest in written(K8S / "base")]
COMPONENTS = K8S / "components"


def _label(path: Path, manifest: Manifest) -> str:
    return f"{path.relative_to(K8S)}:{manifest['kind']}/{manifest['metadata']['name']}"


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.parametrize("manifest", [m for _, m in ALL], ids=[_label(*found) for found in ALL])
def test_a_file_is_valid(manifest: Manifest) -> None:
    kubernetes_validate.validate(dict(manifest), kubernetes_validate.latest_version(), strict=True)


def test_a_misspelt_field_is_refused() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "spec": {"selectr": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_base_holds_exactly_the_services() -> None:
    assert set(workloads(BASE)) == set(SERVICES)
    assert {m["metadata"]["name"] for m in of_kind(BASE, "Service")} == set(SERVICES)


def test_a_service_listens_where_the_code_says(service: str) -> None:
    found = container(workloads(BASE)[service])
    assert found["args"] == [service, "--port", str(SERVICES[service])]
    assert [port["containerPort"] for port in found["ports"]] == [SERVICES[service]]
    (front,) = (m for m in of_kind(BASE, "Service") if m["metadata"]["name"] == service)
    assert [port["port"] for port in front["spec"]["ports"]] == [SERVICES[service]]
    labels = workloads(BASE)[service]["spec"]["template"]["metadata"]["labels"]
    assert front["spec"]["selector"].items() <= labels.items()


def test_only_readiness_asks_the_stores(service: str) -> None:
    found = container(workloads(BASE)[service])
    paths = {
        probe: found[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }


@pytest.mark.parametrize(
    "workload", workloads(m for _, m in ALL).values(), ids=workloads(m for _, m in ALL)
)
def test_a_pod_has_no_more_rights_than_it_needs(workload: Manifest) -> None:
    whole, found = pod(workload), container(workload)
    assert whole["automountServiceAccountToken"] is False
    assert whole["securityContext"]["runAsNonRoot"] is True
    assert whole["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert found["securityContext"]["allowPrivilegeEscalation"] is False
    assert found["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize(
    "workload", workloads(m for _, m in ALL).values(), ids=workloads(m for _, m in ALL)
)
def test_a_container_asks_for_resources_and_is_never_throttled(workload: Manifest) -> None:
    resources = container(workload)["resources"]
    assert set(resources["requests"]) == {"cpu", "memory"}
    assert set(resources["limits"]) == {"memory"}


def test_a_service_of_ours_is_nobody_on_a_read_only_root(service: str) -> None:
    workload = workloads(BASE)[service]
    context = pod(workload)["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (65532,) * 3
    assert container(workload)["securityContext"]["readOnlyRootFilesystem"] is True


def signs(key: str) -> bool:
    return key in PORTS and service_named(key).signs


def _keys_of(name: str) -> set[str]:
    if name == GATEWAY.name:
        return {"instance", "subjects", *(f"subgraph-{one}" for one in PORTS)}
    own = {name} if service_named(name).has_own_key else set[str]()
    return {*own, f"subgraph-{name}"}


@pytest.mark.parametrize("service", WITH_KEYS)
def test_a_service_is_given_its_own_keys_alone(
    service: str, production: Sequence[Manifest]
) -> None:
    keys = _keys_of(service)
    active, rotated_out = key_sources(workloads(production)[service])
    assert {item["path"] for item in active["items"]} == {f"{key}.key" for key in keys}
    assert "optional" not in active
    rotating = {key for key in keys if key.startswith("subgraph-") or signs(key)}
    assert {item["path"] for item in rotated_out["items"]} == {
        f"{key}.previous.key" for key in rotating
    }
    assert rotated_out["optional"] is True


@pytest.mark.parametrize("service", WITH_KEYS)
def test_key_files_are_closed_to_others(service: str) -> None:
    (keys,) = (v for v in pod(workloads(BASE)[service])["volumes"] if v["name"] == "keys")
    assert keys["projected"]["defaultMode"] == 0o400


def test_what_runs_connectors_holds_no_secret_of_ours(overlay: Sequence[Manifest]) -> None:
    volumes = pod(workloads(overlay)[CONNECT.name])["volumes"]
    assert not [one for one in volumes if "secret" in str(one).lower()]


def test_connectors_are_where_they_are_run_and_where_they_receive(
    overlay: Sequence[Manifest],
) -> None:
    for name in (CONNECT.name, GATEWAY.name):
        found = container(workloads(overlay)[name])
        mounts = {one["mountPath"]: one["name"] for one in found["volumeMounts"]}
        volumes = {one["name"]: one for one in pod(workloads(overlay)[name])["volumes"]}
        held = volumes[mounts["/data/connectors"]]["configMap"]
        assert held["optional"] and held["name"] == "c360-connectors"
        assert {"name": "C360_CONNECTOR_SECRETS", "value": "/etc/c360/connectors"} in found["env"]


def test_what_runs_connectors_is_one_process_that_keeps_how_far_it_is() -> None:
    connect = workloads(BASE)[CONNECT.name]
    assert (connect["kind"], connect["spec"]["replicas"]) == ("StatefulSet", 1)
    (claim,) = connect["spec"]["volumeClaimTemplates"]
    (mount,) = (m for m in container(connect)["volumeMounts"] if m["mountPath"] == "/data")
    assert mount["name"] == claim["metadata"]["name"]
    gateway = {"name": "C360_CONNECT_GATEWAY", "value": f"http://gateway:{GATEWAY.port}"}
    assert gateway in container(connect)["env"]


def test_a_rollout_takes_no_replica_away() -> None:
    for deployment in of_kind((m for _, m in ALL), "Deployment"):
        update = deployment["spec"]["strategy"]["rollingUpdate"]
        assert update["maxUnavailable"] == 0 < update["maxSurge"]


def test_an_autoscaler_alone_owns_its_replicas() -> None:
    scaled = [m["spec"] for _, m in written(COMPONENTS / "hpa")]
    assert scaled
    for spec in scaled:
        target = spec["scaleTargetRef"]
        workload = workloads(BASE)[target["name"]]
        assert (workload["kind"], workload["apiVersion"]) == (target["kind"], target["apiVersion"])
        assert "replicas" not in workload["spec"]
        assert spec["minReplicas"] >= 2


def test_consumers_are_not_scaled_beyond_the_partitions() -> None:
    for name in ("identity", "profile"):
        (scaler,) = (m for _, m in written(COMPONENTS / "hpa") if m["metadata"]["name"] == name)
        assert scaler["spec"]["maxReplicas"] == 3


def test_segment_keeps_its_store_and_its_replicas() -> None:
    segment = workloads(BASE)["segment"]
    assert segment["kind"] == "StatefulSet"
    assert segment["spec"]["replicas"] == 2
    (claim,) = segment["spec"]["volumeClaimTemplates"]
    (mount,) = (m for m in container(segment)["volumeMounts"] if m["mountPath"] == "/data")
    assert mount["name"] == claim["metadata"]["name"]
    (replica,) = (v for v in container(segment)["env"] if v["name"] == "C360_REPLICA")
    assert replica["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_every_service_has_a_disruption_budget_that_lets_nodes_drain() -> None:
    budgets = {m["metadata"]["name"]: m["spec"] for m in of_kind(BASE, "PodDisruptionBudget")}
    assert set(budgets) == set(SERVICES)
    for name, spec in budgets.items():
        assert spec["maxUnavailable"] == 1
        assert spec["selector"] == workloads(BASE)[name]["spec"]["selector"]


def test_the_configured_defaults_are_those_of_the_packages() -> None:
    config = K8S / "base" / "config"
    shipped = Path(str(defaults.__file__)).parent
    assert (config / "catalog.yaml").read_text() == default_catalog_text()
    for name in ("model.conf", "policy.csv", "rows.yaml"):
        assert (config / name).read_text() == (shipped / name).read_text()
