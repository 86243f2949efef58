"""Root types under other names: their usual names must be free for them."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from c360_federation.compose.problems import ProblemList

_USUAL = {"query": "Query", "mutation": "Mutation", "subscription": "Subscription"}


def check_roots(document: DocumentNode, subgraph: str, problems: ProblemList) -> None:
    """Note a type that has the usual name of a root and is none, and roots that are no objects."""
    types = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, (TypeDefinitionNode, TypeExtensionNode))
    }
    roots = _roots(document)
    for kind, name in roots.items():
        usual = _USUAL[kind]
        if name != usual and usual in types:
            message = (
                f"Subgraph {subgraph!r} calls its {kind} root {name}, and {usual} is another "
                "type of it. Rename that type."
            )
            problems.add(f"ROOT_{kind.upper()}_USED", message, (subgraph,), usual)
    for kind, usual in _USUAL.items():
        node = types.get(roots.get(kind, usual))
        if node is not None and not isinstance(
            node, (ObjectTypeDefinitionNode, ObjectTypeExtensionNode)
        ):
            message = f"The {kind} root of subgraph {subgraph!r} is no object type."
            problems.add("INVALID_GRAPHQL", message, (subgraph,), node.name.value)


def _roots(document: DocumentNode) -> dict[str, str]:
    return {
        one.operation.value: one.type.name.value
        for node in document.definitions
        if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode))
        for one in node.operation_types or ()
    }
