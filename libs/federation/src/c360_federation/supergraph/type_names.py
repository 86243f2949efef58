"""The name inside a type's lists and non-nulls."""

from __future__ import annotations

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode


def base_name(node: TypeNode) -> str:
    """`[Money!]!` is about `Money`."""
    while isinstance(node, (ListTypeNode, NonNullTypeNode)):
        node = node.type
    assert isinstance(node, NamedTypeNode)
    return node.name.value
