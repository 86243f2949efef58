"""Joining the types that subgraphs give to one field or input."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, print_ast

IsSubtype = Callable[[str, str], bool]


def same(first: TypeNode, second: TypeNode) -> bool:
    """Whether two types are written alike."""
    return print_ast(first) == print_ast(second)


def join_output(types: Sequence[TypeNode], is_subtype: IsSubtype) -> TypeNode | None:
    """The widest of the types, if each of the others is narrower; else None."""
    made = types[0]
    for other in types[1:]:
        if same(made, other) or _is_narrower(other, made, is_subtype):
            continue
        if not _is_narrower(made, other, is_subtype):
            return None
        made = other
    return made


def join_input(types: Sequence[TypeNode], is_subtype: IsSubtype) -> TypeNode | None:
    """The narrowest of the types, if each of the others is wider; else None."""
    made = types[0]
    for other in types[1:]:
        if same(made, other) or _is_narrower(made, other, is_subtype):
            continue
        if not _is_narrower(other, made, is_subtype):
            return None
        made = other
    return made


def _is_narrower(one: TypeNode, than: TypeNode, is_subtype: IsSubtype) -> bool:
    if isinstance(one, NonNullTypeNode):
        if isinstance(than, NonNullTypeNode):
            return _is_narrower(one.type, than.type, is_subtype)
        return same(one.type, than) or _is_narrower(one.type, than, is_subtype)
    if isinstance(one, ListTypeNode) and isinstance(than, ListTypeNode):
        return _is_narrower(one.type, than.type, is_subtype)
    if isinstance(one, NamedTypeNode) and isinstance(than, NamedTypeNode):
        return is_subtype(one.name.value, than.name.value)
    return False


def is_wider(one: TypeNode, than: TypeNode, is_subtype: IsSubtype) -> bool:
    """Whether every value of one type is a value of the other, or they are alike."""
    return same(one, than) or _is_narrower(than, one, is_subtype)
