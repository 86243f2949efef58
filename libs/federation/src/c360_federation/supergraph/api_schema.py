"""The schema that clients see: no join, link or hidden elements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
)

from c360_federation.supergraph.directives import is_applied

_KEPT_APPLICATIONS = frozenset(("deprecated", "specifiedBy", "oneOf"))
_SPEC_DIRECTIVES = frozenset(("link", "core", "tag", "inaccessible", "composeDirective"))
_EXECUTABLE = frozenset(
    ("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
     "FRAGMENT_DEFINITION", "VARIABLE_DEFINITION")
)  # fmt: skip
_DEFER = parse(
    "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT"
)
N = TypeVar("N", bound=Node)


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """Build the client's schema from a supergraph document."""
    hidden = frozenset(_hidden_types(document))
    definitions = [
        kept for node in document.definitions if (kept := _definition(node, hidden)) is not None
    ]
    definitions.extend(_DEFER.definitions)
    return build_ast_schema(DocumentNode(definitions=tuple(definitions)), assume_valid=True)


def _hidden_types(document: DocumentNode) -> Iterable[str]:
    for node in document.definitions:
        if isinstance(node, TypeDefinitionNode):
            name = node.name.value
            if (
                "__" in name.strip("_")
                and name.split("__")[0]
                in (
                    "join",
                    "link",
                    "core",
                    "federation",
                )
            ) or is_applied(node, "inaccessible"):
                yield name


def _definition(node: DefinitionNode, hidden: frozenset[str]) -> DefinitionNode | None:
    if isinstance(node, DirectiveDefinitionNode):
        return node if _is_for_clients(node) else None
    if isinstance(node, SchemaDefinitionNode):
        return replace(node, directives=())
    if not isinstance(node, TypeDefinitionNode) or node.name.value in hidden:
        return None
    return _type(node, hidden)


def _type(node: TypeDefinitionNode, hidden: frozenset[str]) -> TypeDefinitionNode:
    if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
        return replace(
            _plain(node),
            fields=tuple(_field(field, hidden) for field in _visible(node.fields, hidden)),
            interfaces=_known(node.interfaces, hidden),
        )
    if isinstance(node, InputObjectTypeDefinitionNode):
        return replace(_plain(node), fields=_inputs(node.fields, hidden))
    if isinstance(node, UnionTypeDefinitionNode):
        return replace(_plain(node), types=_known(node.types, hidden))
    if isinstance(node, EnumTypeDefinitionNode):
        values = [v for v in node.values or () if not is_applied(v, "inaccessible")]
        return replace(_plain(node), values=tuple(_plain(value) for value in values))
    return _plain(node)


def _is_for_clients(node: DirectiveDefinitionNode) -> bool:
    name = node.name.value
    if "__" in name or name in _SPEC_DIRECTIVES:
        return False
    return name != "defer" and any(location.value in _EXECUTABLE for location in node.locations)


def _plain(node: N) -> N:
    """The node without directives that mean nothing to a client."""
    directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
    kept = tuple(one for one in directives if one.name.value in _KEPT_APPLICATIONS)
    return replace(node, directives=kept)  # type: ignore[call-arg]


def _field(node: FieldDefinitionNode, hidden: frozenset[str]) -> FieldDefinitionNode:
    return replace(_plain(node), arguments=_inputs(node.arguments, hidden))


def _inputs(
    nodes: tuple[InputValueDefinitionNode, ...] | None, hidden: frozenset[str]
) -> tuple[InputValueDefinitionNode, ...]:
    return tuple(_plain(node) for node in _visible(nodes, hidden))


F = TypeVar("F", FieldDefinitionNode, InputValueDefinitionNode)


def _visible(nodes: tuple[F, ...] | None, hidden: frozenset[str]) -> list[F]:
    return [
        node
        for node in nodes or ()
        if not is_applied(node, "inaccessible") and _named(node.type) not in hidden
    ]


def _known(
    nodes: tuple[NamedTypeNode, ...] | None, hidden: frozenset[str]
) -> tuple[NamedTypeNode, ...]:
    return tuple(node for node in nodes or () if node.name.value not in hidden)


def _named(node: TypeNode) -> str:
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value
