"""Joining the types that subgraphs give to one field or input."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, print_ast

IsSubtype = Callable[[str, str], bool]


def same(first: TypeNode, second: TypeNode) -> bool:
    """Whether two types are written alike."""
    return print_ast(first) == print_ast(second)


def join_output(types: Sequence[TypeNode], is_subtype: IsSubtype) -> TypeNode | None:
    """The most specific type that every subgraph's answer fits; None when there is none."""
    made = types[0]
    for other in types[1:]:
        joined = _output(made, other, is_subtype)
        if joined is None:
            return None
        made = joined
    return made


def _output(first: TypeNode, second: TypeNode, is_subtype: IsSubtype) -> TypeNode | None:
    if isinstance(first, NonNullTypeNode) and isinstance(second, NonNullTypeNode):
        inner = _output(first.type, second.type, is_subtype)
        return None if inner is None else NonNullTypeNode(type=inner)  # type: ignore[arg-type]
    first, second = _nullable(first), _nullable(second)
    if isinstance(first, ListTypeNode) and isinstance(second, ListTypeNode):
        inner = _output(first.type, second.type, is_subtype)
        return None if inner is None else ListTypeNode(type=inner)
    return _wider(first, second, is_subtype)


def _wider(first: TypeNode, second: TypeNode, is_subtype: IsSubtype) -> TypeNode | None:
    if not (isinstance(first, NamedTypeNode) and isinstance(second, NamedTypeNode)):
        return None
    one, other = first.name.value, second.name.value
    if one == other or is_subtype(other, one):
        return first
    return second if is_subtype(one, other) else None


def join_input(types: Sequence[TypeNode]) -> TypeNode | None:
    """The type whose values every subgraph takes; None when there is none."""
    made = types[0]
    for other in types[1:]:
        joined = _input(made, other)
        if joined is None:
            return None
        made = joined
    return made


def _input(first: TypeNode, second: TypeNode) -> TypeNode | None:
    required = isinstance(first, NonNullTypeNode) or isinstance(second, NonNullTypeNode)
    first, second = _nullable(first), _nullable(second)
    if isinstance(first, ListTypeNode) and isinstance(second, ListTypeNode):
        inner = _input(first.type, second.type)
        made: TypeNode | None = None if inner is None else ListTypeNode(type=inner)
    else:
        made = first if same(first, second) else None
    if made is None or not required:
        return made
    return NonNullTypeNode(type=made)  # type: ignore[arg-type]


def _nullable(node: TypeNode) -> TypeNode:
    return node.type if isinstance(node, NonNullTypeNode) else node
