"""Which code guards, most important first, and which tests hold each module to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_GATEWAY = ("services/gateway", "c360_gateway")
_POLICY = ("libs/policy", "c360_policy")
_FEDERATION = ("libs/federation", "c360_federation")
_KERNEL = ("libs/kernel", "c360_kernel")


@dataclass(frozen=True)
class Guard:
    """A module, where its source is, and its tests in the order in which they are run."""

    module: str
    source: Path
    tests: tuple[str, ...]


# SERVICE:NAME is a test of that service.
# Tests that start other processes are left out: those would load the code as it is on disk.
_TESTS: tuple[tuple[tuple[str, str], str, str], ...] = (
    (_POLICY, "table", "policy_table gateway:derived gateway:lookup"),
    (_POLICY, "schema.coordinates", "coordinates gateway:derived policy_table"),
    (_GATEWAY, "policy.decisions", "decisions derived"),
    (_POLICY, "reading.text", "policy_text policy_files"),
    (_POLICY, "reading.parsing", "policy_columns policy_text"),
    (_POLICY, "rule", "policy_rule policy_table policy_files"),
    (_POLICY, "mask.apply", "mask"),
    (_POLICY, "mask.kinds", "mask"),
    (_POLICY, "mask.partial", "mask"),
    (_POLICY, "mask.spec", "mask policy_text"),
    (_POLICY, "mask.structure", "mask"),
    (_GATEWAY, "collect.rights", "collect patches joins"),
    (_GATEWAY, "collect.joins", "joins collect"),
    (_GATEWAY, "collect.found_customers", "found_customers"),
    (_GATEWAY, "collect.collector", "collect quarantine found_customers"),
    (_GATEWAY, "auth.verifier", "auth live_trust oidc"),
    (_KERNEL, "context", "subgraph/context"),
    (_KERNEL, "cursors", "cursors"),
    (_KERNEL, "visibility", "visibility"),
    (_FEDERATION, "operation.filtering", "refusals policy documents"),
    (_FEDERATION, "supergraph.hiding", "hiding_problems hiding"),
    (_FEDERATION, "supergraph.refusals", "unsupported_places supergraph_links"),
    (_FEDERATION, "supergraph.links", "link_reading supergraph_links"),
    (_FEDERATION, "operation.limits", "limits amounts cost"),
    (_FEDERATION, "operation.variables", "variables entrusted_inputs values_are_not_repeated"),
    (_FEDERATION, "operation.amounts", "amounts limits"),
    (_FEDERATION, "operation.overlapping", "overlapping"),
    (_FEDERATION, "operation.cost", "cost"),
    (_FEDERATION, "project.leaves", "leaves bad_replies execution"),
    (_FEDERATION, "project.restricting", "restricting refusals"),
    (_GATEWAY, "query.token_bucket", "lookup"),
    (_GATEWAY, "query.lookups", "lookup found_customers"),
    (_GATEWAY, "budget.account", "account budget budgets"),
    (_GATEWAY, "budget.accounts", "budget"),
    (_GATEWAY, "budget.bucket", "bucket budget"),
    (_GATEWAY, "auth.claims", "oidc auth"),
    (_GATEWAY, "auth.issuers", "auth live_trust"),
    (_GATEWAY, "auth.jwks", "live_trust oidc"),
    (_GATEWAY, "auth.keys", "live_trust auth"),
    (_GATEWAY, "auth.revocation", "live_trust"),
    (_GATEWAY, "auth.trusted", "auth oidc live_trust"),
    (_POLICY, "reading.names", "policy_names policy_files"),
    (_POLICY, "store.files", "policy_files policy_store"),
    (_POLICY, "reading.seal", "policy_files policy_store"),
    (_POLICY, "store.versions", "policy_files policy_store"),
    (_POLICY, "duties", "policy_duties"),
    (_GATEWAY, "policy.live_catalog", "live_catalog"),
    (_POLICY, "schema.catalog_tags", "catalog_tags gateway:live_catalog policy_duties"),
    (_POLICY, "schema.visibility", "visibility gateway:derived"),
    (_GATEWAY, "http.origins", "origins"),
)


def guards(root: Path) -> Iterator[Guard]:
    """All of them, as they are in a checkout."""
    for (member, package), module, tests in _TESTS:
        place = root / member
        source = place / "src" / package / f"{module.replace('.', '/')}.py"
        yield Guard(f"{package}.{module}", source, tuple(_files(root, place, tests)))


def _files(root: Path, own: Path, tests: str) -> Iterator[str]:
    for name in tests.split():
        service, _, test = name.rpartition(":")
        place = root / "services" / service if service else own
        folder, _, last = test.rpartition("/")
        yield str(place / "tests" / folder / f"test_{last}.py")
