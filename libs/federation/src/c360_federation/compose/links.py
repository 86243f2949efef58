"""`@link`: which federation version a subgraph speaks and under which names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import DocumentNode, SchemaDefinitionNode, SchemaExtensionNode

from c360_federation.compose.problems import ProblemList
from c360_federation.supergraph.directives import applied
from c360_federation.values import Json

FEDERATION_DIRECTIVES = frozenset(
    (
        "key", "requires", "provides", "external", "shareable", "override", "inaccessible",
        "interfaceObject", "tag", "extends", "composeDirective", "authenticated",
        "requiresScopes", "policy", "cost", "listSize", "context", "fromContext",
    )
)  # fmt: skip
_FEDERATION_1 = frozenset(
    ("key", "requires", "provides", "external", "extends", "tag", "inaccessible")
)
_VERSION = re.compile(r"^v2\.([0-9]|1[01])$")
_ALWAYS = frozenset(("deprecated", "specifiedBy", "oneOf"))


@dataclass(frozen=True, slots=True)
class Names:
    """Local directive names of one subgraph, with what they stand for."""

    is_federation_1: bool
    canonical: dict[str, str]
    namespace: str = "federation"

    def of(self, local: str) -> str | None:
        """The canonical name of a directive, or None when it is not ours."""
        if local in _ALWAYS:
            return local
        prefix = f"{self.namespace}__"
        if local.startswith(prefix) and local.removeprefix(prefix) in FEDERATION_DIRECTIVES:
            return local.removeprefix(prefix)
        return self.canonical.get(local)


def read_names(document: DocumentNode, subgraph: str, problems: ProblemList) -> Names:
    """Find the federation link of a subgraph; without one it speaks federation 1."""
    for link in _links(document):
        parts = str(link.get("url", "")).rstrip("/").split("/")
        if len(parts) > 1 and parts[-2] == "federation":
            imported = dict(_imports(link.get("import") or []))
            if not _VERSION.match(parts[-1]):
                message = (
                    f"Subgraph {subgraph!r} links federation {parts[-1]}, which is not known. "
                    "Link a version from v2.0 to v2.11."
                )
                problems.add("UNKNOWN_FEDERATION_LINK_VERSION", message, (subgraph,))
            return Names(False, imported, str(link.get("as") or "federation"))
    return Names(True, {name: name for name in _FEDERATION_1})


def _links(document: DocumentNode) -> Iterator[dict[str, Json]]:
    for node in document.definitions:
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            yield from applied(node, "link")


def _imports(imports: list[Json]) -> Iterator[tuple[str, str]]:
    for one in imports:
        name = one if isinstance(one, str) else one.get("name", "")
        local = name if isinstance(one, str) else one.get("as", name)
        if name.startswith("@"):
            yield local.removeprefix("@"), name.removeprefix("@")
