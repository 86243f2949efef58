"""Which rooms guard, and which tests hold each of their modules to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.nearness import Nearness, is_of_a_server, module_name

FLOOR = 75
"""Per cent of a module's changes that are seen, or have a reason, unless it was gone through."""
GONE_THROUGH = 100
"""Modules of `_TESTS`: each of their changes has a test or a reason."""

_GATEWAY = ("services/gateway", "c360_gateway")
_POLICY = ("libs/policy", "c360_policy")
_FEDERATION = ("libs/federation", "c360_federation")
_KERNEL = ("libs/kernel", "c360_kernel")


@dataclass(frozen=True)
class Guard:
    """A module, its source, its tests in the order in which they are run, its floor in per cent."""

    module: str
    source: Path
    tests: tuple[str, ...]
    floor: int


# What guards, by member: rooms, or modules where a room has others. Each `domain/` is found.
# What speaks to a server is left out: tests/servers hold it, which no change in memory reaches.
_ROOMS: dict[str, tuple[str, ...]] = {
    "libs/policy": ("",),
    "libs/kernel": (
        "log",
        "projection",
        "conditions",
        "evidence",
        "context",
        "scope",
        "survivorship",
        "cursors",
        "visibility",
        "answer_seal",
        "signed_note",
        "punctured_key",
        "outgoing",
    ),
    "libs/connectors": ("",),
    "libs/outgoing": ("",),
    "libs/federation": ("operation", "supergraph", "project"),
    "services/gateway": (
        "policy",
        "collect",
        "auth",
        "budget",
        "query/token_bucket",
        "query/lookups",
        "http/origins",
    ),
}

# Modules gone through change by change, with their tests in the order that ends first.
# SERVICE:NAME is a test of that service.
# Tests that start other processes are left out: those would load the code as it is on disk.
_TESTS: tuple[tuple[tuple[str, str], str, str], ...] = (
    (_POLICY, "table", "policy_table policy_language gateway:derived gateway:lookup"),
    (_POLICY, "schema.coordinates", "coordinates gateway:derived policy_table"),
    (_GATEWAY, "policy.decisions", "decisions derived lookup"),
    (_POLICY, "reading.text", "policy_text policy_files"),
    (_POLICY, "reading.parsing", "policy_columns policy_text policy_language"),
    (_POLICY, "rule", "policy_rule policy_table policy_files policy_language"),
    (_POLICY, "mask.apply", "mask mask_kinds"),
    (_POLICY, "mask.kinds", "mask"),
    (_POLICY, "mask.partial", "mask"),
    (_POLICY, "mask.spec", "mask mask_kinds policy_text"),
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
    (_POLICY, "reading.names", "policy_names policy_files policy_language policy_masks"),
    (_POLICY, "store.files", "policy_files policy_store"),
    (_POLICY, "reading.seal", "policy_files policy_store"),
    (_POLICY, "store.versions", "policy_files policy_store"),
    (_POLICY, "separation_of_duties", "separation_of_duties"),
    (_GATEWAY, "policy.live_catalog", "live_catalog"),
    (_POLICY, "schema.catalog_tags", "catalog_tags gateway:live_catalog separation_of_duties"),
    (_POLICY, "schema.visibility", "visibility gateway:derived"),
    (_GATEWAY, "http.origins", "origins"),
)


def guards(root: Path) -> Iterator[Guard]:
    """All of them, as they are in a checkout; those that were gone through first."""
    told = _told(root)
    yield from told.values()
    near = Nearness(root)
    for member, source in _sources(root):
        if (name := module_name(source.relative_to(root))) not in told:
            yield Guard(name, source, tuple(map(str, near.tests(name, member))), FLOOR)


def _told(root: Path) -> dict[str, Guard]:
    made: dict[str, Guard] = {}
    for (member, package), module, tests in _TESTS:
        place, name = root / member, f"{package}.{module}"
        source = place / "src" / package / f"{module.replace('.', '/')}.py"
        made[name] = Guard(name, source, tuple(_files(root, place, tests)), GONE_THROUGH)
    return made


def _sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Each member with each module of its rooms, but those that only a server could test."""
    domains = {str(one.parents[2].relative_to(root)): ("domain",) for one in _domains(root)}
    for member, rooms in (_ROOMS | domains).items():
        package = root / member / "src" / f"c360_{Path(member).name}"
        for source in (one for room in rooms for one in _modules(package / room)):
            if source.stem != "__init__" and not is_of_a_server(source.relative_to(package)):
                yield root / member, source


def _domains(root: Path) -> list[Path]:
    return sorted(root.glob("services/*/src/*/domain"))


def _modules(room: Path) -> list[Path]:
    return sorted(room.rglob("*.py")) if room.is_dir() else [room.with_suffix(".py")]


def _files(root: Path, own: Path, tests: str) -> Iterator[str]:
    for name in tests.split():
        service, _, test = name.rpartition(":")
        place = root / "services" / service if service else own
        folder, _, last = test.rpartition("/")
        yield str(place / "tests" / folder / f"test_{last}.py")
