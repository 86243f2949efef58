"""`@link` and `@core` lines of a schema: which specifications it uses, and under which names.

Source: the link specification v1.0. A specification's own directive is called as the link says
(`as:`), its other elements `prefix__name`, unless `import:` gives them a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from c360_federation.values import Json, JsonObject

APOLLO = "https://specs.apollo.dev"
_LINKERS = (f"{APOLLO}/link", f"{APOLLO}/core")
_VERSION = re.compile(r"^v\d+\.\d+$")


@dataclass(frozen=True, slots=True)
class Link:
    """One specification that a schema uses; `imports` is local name by name there (with `@`)."""

    identity: str
    name: str
    version: str
    prefix: str
    purpose: str | None
    imports: Mapping[str, str]

    @property
    def url(self) -> str:
        """The address, with its version."""
        return f"{self.identity}/{self.version}" if self.version else self.identity

    def directive(self, name: str) -> str:
        """What this schema calls a directive of the specification."""
        if f"@{name}" in self.imports:
            return self.imports[f"@{name}"].removeprefix("@")
        return self.prefix if name == self.name else f"{self.prefix}__{name}"


def read_links(document: DocumentNode) -> list[Link]:
    """Every link of a schema, the one of the link specification included."""
    return [_link(arguments) for arguments in link_arguments(document)]


def link_arguments(document: DocumentNode) -> list[JsonObject]:
    """What is said in each link, understood or not."""
    nodes = list(_schema_directives(document))
    linker = next((node.name.value for node in nodes if _is_linker(node)), "link")
    return [_arguments(node) for node in nodes if node.name.value == linker]


def _schema_directives(document: DocumentNode) -> Iterator[DirectiveNode]:
    for node in document.definitions:
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
            yield from node.directives or ()


def _is_linker(node: DirectiveNode) -> bool:
    arguments = _arguments(node)
    identity, _, version = _parts(str(arguments.get("url") or arguments.get("feature") or ""))
    return identity in _LINKERS and bool(version)


def _arguments(node: DirectiveNode) -> JsonObject:
    return {one.name.value: value_from_ast_untyped(one.value) for one in node.arguments or ()}


def imported(arguments: JsonObject) -> list[tuple[str, str]]:
    """The elements that a link imports, each with its local name; one may be there twice."""
    listed = arguments.get("import")
    if listed is None:
        return []
    # One value stands for a list of it, as everywhere in GraphQL.
    return list(_imports(listed if isinstance(listed, list) else [listed]))


def _link(arguments: JsonObject) -> Link:
    identity, name, version = _parts(str(arguments.get("url") or arguments.get("feature") or ""))
    imports = dict(imported(arguments))
    return Link(identity, name, version, arguments.get("as") or name, arguments.get("for"), imports)


def _imports(imports: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for one in imports:
        if isinstance(one, str):
            yield one, one
        elif isinstance(one, dict) and isinstance(one.get("name"), str):
            alias = one.get("as")
            yield one["name"], alias if isinstance(alias, str) else one["name"]


def _parts(url: str) -> tuple[str, str, str]:
    """Identity, name and version of an address; the version may be missing.

    A query, a fragment and a slash at the end are no part of it, as its specification says.
    """
    url = re.split("[?#]", url.strip(), maxsplit=1)[0].rstrip("/")
    base, _, last = url.rpartition("/")
    if not _VERSION.match(last):
        return url, last, ""
    return base, base.rpartition("/")[2], last
