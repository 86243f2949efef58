"""The specifications that a supergraph may use: known and honoured, or refused by name.

A name means what the supergraph's own links say. Directives are renamed to the names that the
rest of this package knows, and what only looks like one of those is put aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    NamedTypeNode,
    NameNode,
    Node,
    TypeDefinitionNode,
    Visitor,
    visit,
)

from c360_federation.errors import UNSUPPORTED_FEATURE, SupergraphError
from c360_federation.supergraph.links import APOLLO, Link, imported, link_arguments, read_links

KNOWN_VERSIONS: Mapping[str, frozenset[str]] = {
    "link": frozenset(("v1.0",)),
    "core": frozenset(("v0.1", "v0.2")),
    "join": frozenset(("v0.2", "v0.3", "v0.4", "v0.5")),
    "tag": frozenset(("v0.1", "v0.2", "v0.3")),
    "inaccessible": frozenset(("v0.1", "v0.2")),
    "cost": frozenset(("v0.1",)),
    "cacheTag": frozenset(("v0.1",)),
    "authenticated": frozenset(("v0.1",)),
    "requiresScopes": frozenset(("v0.1",)),
    "policy": frozenset(("v0.1",)),
    "context": frozenset(("v0.1",)),
}
_DIRECTIVES: Mapping[str, tuple[str, ...]] = {
    "link": ("link",),
    "core": ("core",),
    "tag": ("tag",),
    "inaccessible": ("inaccessible",),
    "cost": ("cost", "listSize"),
    "authenticated": ("authenticated",),
    "requiresScopes": ("requiresScopes",),
    "policy": ("policy",),
    "context": ("context",),
}
_JOIN_DIRECTIVES = ("graph", "type", "field", "implements", "unionMember", "enumValue", "directive")
_JOIN_TYPES = ("Graph", "FieldSet", "DirectiveArguments", "FieldValue", "ContextArgument")
_ASIDE = "foreign__"
_APOLLO_HOST = APOLLO.partition("//")[2]


@dataclass(frozen=True, slots=True)
class Features:
    """What the links of a supergraph come to."""

    document: DocumentNode
    """The supergraph under the names that this package knows."""
    prefixes: frozenset[str]
    """Namespaces of specifications: nothing in them is for clients."""
    imported: frozenset[str]
    """Names, directives with their `@`, that belong to specifications not known here."""


def read_features(document: DocumentNode) -> Features:
    """Resolve the names of a supergraph; raises SupergraphError for what is not understood."""
    links = read_links(document)
    _refuse_unknown(links)
    _refuse_ambiguous(document)
    return Features(
        document=_renamed(document, _directive_names(links), dict(_type_names(links))),
        prefixes=frozenset(("link", "core", "join", "federation", *(one.prefix for one in links))),
        imported=frozenset(name for one in links for name in one.imports.values()),
    )


def _is_known(link: Link) -> bool:
    return link.identity == f"{APOLLO}/{link.name}" and link.name in KNOWN_VERSIONS


def _refuse_unknown(links: list[Link]) -> None:
    if not any(_is_known(one) and one.name == "join" for one in links):
        message = "no @link of its schema names the join specification"
        raise SupergraphError(f"The supergraph cannot be read: {message}", UNSUPPORTED_FEATURE)
    for link in links:
        if _is_known(link) and link.version not in KNOWN_VERSIONS[link.name]:
            known = ", ".join(sorted(KNOWN_VERSIONS[link.name]))
            message = f"{link.url}, a version that is not known (known: {known})"
            raise SupergraphError(f"The supergraph uses {message}", UNSUPPORTED_FEATURE)
        if not _is_known(link) and link.purpose:
            message = f"{link.url} for {link.purpose}, which is not supported"
            raise SupergraphError(f"The supergraph uses {message}", UNSUPPORTED_FEATURE)
        if not _is_known(link) and _is_nearly_known(link):
            message = f"{link.url!r}, which is not how a known specification is addressed"
            raise SupergraphError(f"The supergraph uses {message}", UNSUPPORTED_FEATURE)


def _is_nearly_known(link: Link) -> bool:
    """Whether an address means a known specification in a spelling that is not its own.

    What it is about would be passed over: tags and hidden elements among it.
    """
    named = [*link.url.split("/"), *(one.removeprefix("@") for one in link.imports)]
    return _APOLLO_HOST in link.url.lower() and not set(_known_names()).isdisjoint(named)


def _refuse_ambiguous(document: DocumentNode) -> None:
    """Refuse links by which a directive has two meanings, or a meaning has two names."""
    means: dict[str, str] = {}
    for arguments in link_arguments(document):
        names: dict[str, str] = {}
        for name, local in imported(arguments):
            bare = name in _known_names()
            if bare or names.setdefault(name, local) != local:
                reason = "without its @" if bare else f"as {names[name]} and as {local}"
                _refuse_import(name, reason)
            if local.startswith("@") and means.setdefault(local, name) != name:
                _refuse_import(name, f"as {local}, which is {means[local]} already")


def _refuse_import(name: str, how: str) -> None:
    message = f"The supergraph imports {name} {how}, which cannot be understood"
    raise SupergraphError(message, UNSUPPORTED_FEATURE)


def _directive_names(links: list[Link]) -> dict[str, str]:
    """Known names by local names; a known name that means something else is put aside."""
    known = [one for one in links if _is_known(one)]
    names = {f"federation__{name}": name for names in _DIRECTIVES.values() for name in names}
    for link in known:
        names.update(_local_names(link))
    elsewhere = {
        name: _ASIDE + name for name in _known_names() if _is_taken(name, known, links, names)
    }
    return {**elsewhere, **names}


def _local_names(link: Link) -> Iterator[tuple[str, str]]:
    if link.name == "join":
        for name in _JOIN_DIRECTIVES:
            yield f"{link.prefix}__{name}", f"join__{name}"
            yield link.directive(name), f"join__{name}"
    for name in _DIRECTIVES.get(link.name, ()):
        yield f"{link.prefix}__{name}", name
        yield link.directive(name), name


def _known_names() -> Iterator[str]:
    yield from (name for names in _DIRECTIVES.values() for name in names)
    yield from (f"join__{name}" for name in _JOIN_DIRECTIVES)


def _is_taken(name: str, known: list[Link], links: list[Link], names: Mapping[str, str]) -> bool:
    """Whether a known name does not mean what it says here.

    A feature that is not linked at all keeps its name, and so does `listSize` beside a plain
    `cost`: what looks like a guard is one unless the supergraph says otherwise.
    """
    if name in names:
        return False
    claimed = {local.removeprefix("@") for one in links for local in one.imports.values()}
    claimed.update(one.prefix for one in links if one not in known)
    renamed = {names[local] for local in names if not local.endswith(f"__{names[local]}")}
    return name in claimed or name in renamed


def _type_names(links: list[Link]) -> Iterator[tuple[str, str]]:
    for link in links:
        if _is_known(link) and link.name == "join":
            for name in _JOIN_TYPES:
                local = link.imports.get(name, f"{link.prefix}__{name}")
                yield local, f"join__{name}"


def _renamed(
    document: DocumentNode, directives: Mapping[str, str], types: Mapping[str, str]
) -> DocumentNode:
    directives = {local: name for local, name in directives.items() if local != name}
    types = {local: name for local, name in types.items() if local != name}
    if not directives and not types:
        return document
    return visit(document, _Renaming(directives, types))


class _Renaming(Visitor):
    def __init__(self, directives: Mapping[str, str], types: Mapping[str, str]) -> None:
        super().__init__()
        self._directives = directives
        self._types = types

    def leave(self, node: Node, *_: object) -> Node | None:
        """Rename what the links call by another name."""
        if isinstance(node, (DirectiveNode, DirectiveDefinitionNode)):
            return _under(node, self._directives)
        if isinstance(node, (TypeDefinitionNode, NamedTypeNode)):
            return _under(node, self._types)
        return None


def _under(
    node: DirectiveNode | DirectiveDefinitionNode | TypeDefinitionNode | NamedTypeNode,
    names: Mapping[str, str],
) -> Node | None:
    name = names.get(node.name.value)
    if name is None:
        return None
    made: Node = replace(node, name=NameNode(value=name))
    return made
