"""What `kubectl kustomize` makes of the overlays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import kubernetes_validate

from c360_cli.commands.serving import urls_of
from c360_cli.topology import CONNECT, PARTS, PORTS
from tests.deploy.rendering import Manifest, container, key_sources, of_kind, pod, workloads

SERVICES = {part.name: part.port for part in PARTS}
WITHOUT_CONNECTORS = ("ConfigMap", "c360-connectors")


def _environment(manifests: Sequence[Manifest]) -> Mapping[str, str]:
    (settings,) = (
        m
        for m in of_kind(manifests, "ConfigMap")
        if m["metadata"]["name"].startswith("c360-settings")
    )
    return settings["data"]


def _references(manifests: Sequence[Manifest]) -> Iterator[tuple[str, str]]:
    """Kind and name of every ConfigMap and Secret that a pod refers to."""
    for workload in workloads(manifests).values():
        for volume in pod(workload).get("volumes", ()):
            for source in volume.get("projected", {}).get("sources", ()):
                if not source["secret"].get("optional"):
                    yield "Secret", source["secret"]["name"]
            if "configMap" in volume:
                yield "ConfigMap", volume["configMap"]["name"]
        for source in container(workload).get("envFrom", ()):
            yield "ConfigMap", source["configMapRef"]["name"]
        for variable in container(workload).get("env", ()):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield "Secret", variable["valueFrom"]["secretKeyRef"]["name"]


def _held(manifests: Sequence[Manifest]) -> set[tuple[str, str]]:
    return {(m["kind"], m["metadata"]["name"]) for m in manifests}


def test_everything_rendered_is_valid(overlay: Sequence[Manifest]) -> None:
    for manifest in overlay:
        version = kubernetes_validate.latest_version()
        kubernetes_validate.validate(dict(manifest), version, strict=True)


def test_everything_lives_in_one_namespace_that_enforces_the_strictest_standard(
    overlay: Sequence[Manifest],
) -> None:
    (namespace,) = of_kind(overlay, "Namespace")
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    places = {m["metadata"]["namespace"] for m in overlay if m["kind"] != "Namespace"}
    assert places == {namespace["metadata"]["name"]}


def test_kind_holds_all_that_its_pods_refer_to(kind: Sequence[Manifest]) -> None:
    assert set(_references(kind)) - {WITHOUT_CONNECTORS} <= _held(kind)


def test_production_refers_to_secrets_and_holds_none(production: Sequence[Manifest]) -> None:
    assert not of_kind(production, "Secret")
    assert set(_references(production)) - _held(production) == {
        ("Secret", "c360-keys"),
        ("Secret", "c360-stores"),
        ("ConfigMap", "c360-oidc"),
        ("ConfigMap", "c360-revoked"),
        WITHOUT_CONNECTORS,
    }


def test_kind_builds_its_secrets_with_every_key_that_is_asked_for(
    kind: Sequence[Manifest],
) -> None:
    secrets = {m["metadata"]["name"]: set(m["data"]) for m in of_kind(kind, "Secret")}
    for service in SERVICES.keys() - {CONNECT.name}:
        active, _ = key_sources(workloads(kind)[service])
        assert {item["key"] for item in active["items"]} <= secrets[active["name"]]
    for workload in workloads(kind).values():
        for variable in container(workload).get("env", ()):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            assert reference is None or reference["key"] in secrets[reference["name"]]


def test_the_local_issuer_is_kinds_alone(
    kind: Sequence[Manifest], production: Sequence[Manifest]
) -> None:
    assert _environment(kind)["C360_MODE"] == "development"
    assert _environment(production)["C360_MODE"] == "production"
    assert "token.key" in _key_files(kind)
    assert "token.key" not in _key_files(production)


def _key_files(manifests: Sequence[Manifest]) -> set[str]:
    active, _ = key_sources(workloads(manifests)["gateway"])
    return {item["path"] for item in active["items"]}


def test_the_gateway_asks_the_services_where_they_listen(overlay: Sequence[Manifest]) -> None:
    assert urls_of(_environment(overlay)["C360_SUBGRAPHS"]) == {
        name: f"http://{name}:{port}" for name, port in PORTS.items()
    }


def test_our_pods_carry_the_label_that_policies_go_by_and_no_others_do(
    overlay: Sequence[Manifest],
) -> None:
    part = "app.kubernetes.io/part-of"
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"].get(part)
        for name, one in workloads(overlay).items()
    }
    assert {name for name, label in labels.items() if label == "customer-360"} == set(SERVICES)


def test_every_image_has_a_tag_that_does_not_move(overlay: Sequence[Manifest]) -> None:
    for workload in workloads(overlay).values():
        _, colon, tag = container(workload)["image"].rpartition(":")
        assert colon and tag != "latest"


def test_spans_go_to_the_collector_that_is_there(overlay: Sequence[Manifest]) -> None:
    (front,) = (m for m in of_kind(overlay, "Service") if m["metadata"]["name"] == "collector")
    port = front["spec"]["ports"][0]["port"]
    assert _environment(overlay)["C360_OTLP_ENDPOINT"] == f"http://collector:{port}"


def test_prometheus_is_told_where_to_scrape(overlay: Sequence[Manifest]) -> None:
    for name, port in SERVICES.items():
        annotations = workloads(overlay)[name]["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(port),
            "prometheus.io/path": "/metrics",
        }


def test_replicas_are_left_to_the_autoscaler(production: Sequence[Manifest]) -> None:
    scaled = {
        m["spec"]["scaleTargetRef"]["name"] for m in of_kind(production, "HorizontalPodAutoscaler")
    }
    assert scaled == {"gateway", "identity", "profile"}
    assert not any("replicas" in workloads(production)[name]["spec"] for name in scaled)


def test_production_has_a_disruption_budget_for_every_service(
    production: Sequence[Manifest],
) -> None:
    budgets = of_kind(production, "PodDisruptionBudget")
    assert {budget["metadata"]["name"] for budget in budgets} == set(SERVICES)
