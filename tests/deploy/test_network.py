"""The network policies, read as what they allow: who may reach whom, and on which port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from c360_cli.topology import CONNECT, PARTS, PORTS
from c360_cli.topology import SERVICES as TOPOLOGY
from tests.deploy.rendering import K8S, Manifest, of_kind, workloads, written

NAME = "app.kubernetes.io/name"
OURS = {"app.kubernetes.io/part-of": "customer-360"}
STORES = {"neo4j": 7687, "mongodb": 27017, "kafka": 9092}
SERVICES = tuple(part.name for part in PARTS)
WANTED = {
    *(("gateway", name, port) for name, port in PORTS.items()),
    *((one.name, one.server, STORES[one.server]) for one in TOPOLOGY if one.server),
    ("gateway", "mongodb", 27017),
    # What a destination may be told is asked where policy decides.
    ("activation", "gateway", 8360),
    # What is taken of a source goes through the same door.
    ("connect", "gateway", 8360),
    *((name, "kafka", 9092) for name in SERVICES),
    *((name, "collector", 4318) for name in SERVICES),
}
Way = tuple[str, str, int]


def _names(selector: Manifest) -> list[str]:
    """The pods that a selector names; none for one that selects otherwise."""
    if selector.get("matchLabels") == OURS:
        return list(SERVICES)
    if NAME in selector.get("matchLabels", {}):
        return [selector["matchLabels"][NAME]]
    return [
        v for e in selector.get("matchExpressions", ()) if e["key"] == NAME for v in e["values"]
    ]


def _own(policy: Manifest) -> list[str]:
    return _names(policy["spec"]["podSelector"])


def _ways(policy: Manifest, direction: str, peer: str) -> Iterator[Way]:
    for own in _own(policy):
        for rule in policy["spec"].get(direction, ()):
            for other in rule[peer]:
                for name in _names(other.get("podSelector", {})):
                    for port in rule["ports"]:
                        yield own, name, port["port"]


def _egress(manifests: Sequence[Manifest]) -> set[Way]:
    policies = of_kind(manifests, "NetworkPolicy")
    return {way for policy in policies for way in _ways(policy, "egress", "to")}


def _ingress(manifests: Sequence[Manifest]) -> set[Way]:
    policies = of_kind(manifests, "NetworkPolicy")
    found = (way for policy in policies for way in _ways(policy, "ingress", "from"))
    return {(other, own, port) for own, other, port in found}


def _policy(manifests: Sequence[Manifest], name: str) -> dict[str, Any]:
    (found,) = (m for m in of_kind(manifests, "NetworkPolicy") if m["metadata"]["name"] == name)
    return found["spec"]


def test_the_components_as_written_name_every_service_and_allow_what_it_needs() -> None:
    components = [one for place in ("base", "components") for _, one in written(K8S / place)]
    assert _egress(components) == WANTED
    named = {name for m in of_kind(components, "NetworkPolicy") for name in _own(m)}
    assert named == {*SERVICES, "collector"}


def test_nothing_may_go_in_or_out_unless_allowed(overlay: Sequence[Manifest]) -> None:
    assert _policy(overlay, "default-deny") == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_everyone_may_ask_dns_and_that_is_all_that_everyone_may(
    overlay: Sequence[Manifest],
) -> None:
    everyone = [
        m["spec"] for m in of_kind(overlay, "NetworkPolicy") if not m["spec"]["podSelector"]
    ]
    opened = [spec for spec in everyone if "egress" in spec or "ingress" in spec]
    assert opened == [_policy(overlay, "dns")]
    (rule,) = opened[0]["egress"]
    assert {(p["protocol"], p["port"]) for p in rule["ports"]} == {("UDP", 53), ("TCP", 53)}
    assert rule["to"][0]["podSelector"] and rule["to"][0]["namespaceSelector"]


def test_services_may_reach_what_they_need_and_nothing_else(overlay: Sequence[Manifest]) -> None:
    assert _egress(overlay) == WANTED


def test_what_may_go_out_may_also_come_in(kind: Sequence[Manifest]) -> None:
    assert _ingress(kind) == WANTED


def test_no_rule_is_open_to_everyone_or_on_every_port(overlay: Sequence[Manifest]) -> None:
    for policy in of_kind(overlay, "NetworkPolicy"):
        for rule in policy["spec"].get("egress", []) + policy["spec"].get("ingress", []):
            assert rule["ports"]
            peers = rule.get("to", []) + rule.get("from", [])
            assert peers and all(selector for peer in peers for selector in peer.values())


@pytest.mark.parametrize("name", ["activation", CONNECT.name])
def test_who_talks_to_others_reaches_the_internet_and_no_network_of_ones_own(
    overlay: Sequence[Manifest], name: str
) -> None:
    (rule,) = (
        one for one in _policy(overlay, name)["egress"] if any("ipBlock" in to for to in one["to"])
    )
    assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
    old, new = (to["ipBlock"] for to in rule["to"])
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= {*old["except"]}
    assert new == {"cidr": "2000::/3"}


def test_every_pod_is_named_by_a_policy_of_its_own(overlay: Sequence[Manifest]) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    named = {name for policy in policies for name in _own(policy)}
    assert set(workloads(overlay)) <= named


def test_production_reaches_its_stores_where_they_are(production: Sequence[Manifest]) -> None:
    reached = {
        (own, port["port"])
        for policy in of_kind(production, "NetworkPolicy")
        for own in _own(policy)
        for rule in policy["spec"].get("egress", ())
        for peer in rule["to"]
        for port in rule["ports"]
        if set(peer) == {"namespaceSelector"}
    }
    assert reached == {(own, port) for own, store, port in WANTED if store in STORES}


@pytest.mark.parametrize("name", SERVICES)
def test_prometheus_may_scrape_a_service(overlay: Sequence[Manifest], name: str) -> None:
    spec = _policy(overlay, "scrape")
    assert name in _names(spec["podSelector"])
    assert spec["ingress"][0]["ports"] == [{"protocol": "TCP", "port": "http"}]
