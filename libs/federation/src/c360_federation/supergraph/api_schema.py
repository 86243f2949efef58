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
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
    validate_schema,
)

from c360_federation.errors import SUPERGRAPH_INVALID, SupergraphError
from c360_federation.supergraph.directives import is_applied
from c360_federation.supergraph.features import Features
from c360_federation.supergraph.type_names import base_name

_KEPT_APPLICATIONS = frozenset(("deprecated", "specifiedBy", "oneOf"))
_SPEC_DIRECTIVES = frozenset(("link", "core", "tag", "inaccessible", "composeDirective"))
_EXECUTABLE = frozenset(
    ("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
     "FRAGMENT_DEFINITION", "VARIABLE_DEFINITION")
)  # fmt: skip
_DEFER = parse(
    """
    "What is selected here may be delivered later than the rest of the answer."
    directive @defer(
      "Whether it may."
      if: Boolean! = true
      "Tells the part from others in the answer."
      label: String
    ) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    """,
    no_location=True,
)
N = TypeVar("N", bound=Node)


def build_api_schema(features: Features) -> GraphQLSchema:
    """Build the client's schema; raises SupergraphError when it is not a valid one."""
    document = features.document
    hidden = frozenset(_hidden_types(features))
    definitions = [
        kept
        for node in document.definitions
        if (kept := _definition(node, hidden, features)) is not None
    ]
    definitions.extend(_DEFER.definitions)
    made = DocumentNode(definitions=tuple(definitions))
    try:
        schema = build_ast_schema(made, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        raise SupergraphError(f"What clients would see is no schema: {error}") from error
    problems = [one.message for one in validate_schema(schema)]
    if problems:
        message = f"What clients would see is not a valid schema: {' '.join(problems)}"
        raise SupergraphError(message, SUPERGRAPH_INVALID)
    return schema


def _hidden_types(features: Features) -> Iterable[str]:
    for node in features.document.definitions:
        if isinstance(node, TypeDefinitionNode):
            name = node.name.value
            if _is_machinery(name, features) or is_applied(node, "inaccessible"):
                yield name


def _is_machinery(name: str, features: Features) -> bool:
    """Whether a type belongs to a specification and not to the graph."""
    prefix, found, _ = name.partition("__")
    return (bool(found) and prefix in features.prefixes) or name in features.imported


def _definition(
    node: DefinitionNode, hidden: frozenset[str], features: Features
) -> DefinitionNode | None:
    if isinstance(node, DirectiveDefinitionNode):
        is_foreign = f"@{node.name.value}" in features.imported
        return _directive(node) if _is_for_clients(node) and not is_foreign else None
    if isinstance(node, SchemaDefinitionNode):
        kept = [one for one in node.operation_types if one.type.name.value not in hidden]
        return replace(node, directives=(), operation_types=tuple(kept))
    if not isinstance(node, TypeDefinitionNode) or node.name.value in hidden:
        return None
    return _type(node, hidden)


def _directive(node: DirectiveDefinitionNode) -> DirectiveDefinitionNode:
    visible = [one for one in node.arguments or () if not is_applied(one, "inaccessible")]
    return replace(node, arguments=tuple(_plain(one) for one in visible))


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
        if not is_applied(node, "inaccessible") and base_name(node.type) not in hidden
    ]


def _known(
    nodes: tuple[NamedTypeNode, ...] | None, hidden: frozenset[str]
) -> tuple[NamedTypeNode, ...]:
    return tuple(node for node in nodes or () if node.name.value not in hidden)
