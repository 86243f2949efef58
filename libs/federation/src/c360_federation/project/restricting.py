"""A schema with only what may be seen, for introspection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias, TypeVar

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    parse,
    print_schema,
)

Keep: TypeAlias = Callable[[str], bool]
_BUILT_IN = frozenset(("Int", "Float", "String", "Boolean", "ID"))
N = TypeVar("N", FieldDefinitionNode, InputValueDefinitionNode)


def restrict_schema(schema: GraphQLSchema, keep: Keep) -> GraphQLSchema | None:
    """The schema without the coordinates that `keep` turns down; None when nothing is left.

    Asked about `Type.field`, `Type.field(arg:)`, `Input.field` and `Enum.VALUE`. Types that are
    left empty go too, and with them everything that mentions them.
    """
    nodes = parse(print_schema(schema), no_location=True).definitions
    left = [kept for node in nodes if (kept := _kept(node, keep)) is not None]
    while True:
        known = {node.name.value for node in left if isinstance(node, TypeDefinitionNode)}
        next_ = [kept for node in left if (kept := _closed(node, known | _BUILT_IN)) is not None]
        if next_ == left:
            break
        left = next_
    query = schema.query_type
    if query is None or query.name not in known:
        return None
    return build_ast_schema(DocumentNode(definitions=tuple(left)), assume_valid=True)


def _kept(node: DefinitionNode, keep: Keep) -> DefinitionNode | None:
    """The definition with only the parts that may be seen."""
    if not isinstance(node, TypeDefinitionNode):
        return node
    owner = node.name.value
    if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
        fields = (_field(owner, one, keep) for one in node.fields or ())
        return replace(node, fields=tuple(one for one in fields if one is not None))
    if isinstance(node, InputObjectTypeDefinitionNode):
        inputs = [one for one in node.fields or () if keep(f"{owner}.{one.name.value}")]
        return replace(node, fields=tuple(inputs))
    if isinstance(node, EnumTypeDefinitionNode):
        values = [one for one in node.values or () if keep(f"{owner}.{one.name.value}")]
        return replace(node, values=tuple(values))
    return node


def _field(owner: str, node: FieldDefinitionNode, keep: Keep) -> FieldDefinitionNode | None:
    coordinate = f"{owner}.{node.name.value}"
    arguments = node.arguments or ()
    seen = tuple(one for one in arguments if keep(f"{coordinate}({one.name.value}:)"))
    # A field that cannot be called without a hidden argument cannot be called.
    if not keep(coordinate) or any(_is_demanded(one) for one in arguments if one not in seen):
        return None
    return replace(node, arguments=seen)


def _is_demanded(node: InputValueDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None


def _closed(node: DefinitionNode, known: Iterable[str]) -> DefinitionNode | None:
    """The definition without mentions of types that are gone; None when it is empty itself."""
    if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
        fields = tuple(_callable(one, known) for one in _typed(node.fields, known))
        interfaces = tuple(one for one in node.interfaces or () if one.name.value in known)
        return replace(node, fields=fields, interfaces=interfaces) if fields else None
    if isinstance(node, InputObjectTypeDefinitionNode):
        inputs = tuple(_typed(node.fields, known))
        return replace(node, fields=inputs) if inputs else None
    if isinstance(node, UnionTypeDefinitionNode):
        members = tuple(one for one in node.types or () if one.name.value in known)
        return replace(node, types=members) if members else None
    if isinstance(node, EnumTypeDefinitionNode):
        return node if node.values else None
    return node


def _callable(node: FieldDefinitionNode, known: Iterable[str]) -> FieldDefinitionNode:
    return replace(node, arguments=tuple(_typed(node.arguments, known)))


def _typed(nodes: tuple[N, ...] | None, known: Iterable[str]) -> list[N]:
    return [one for one in nodes or () if _named(one.type) in known]


def _named(node: TypeNode) -> str:
    while hasattr(node, "type"):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value  # type: ignore[attr-defined]
