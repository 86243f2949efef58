"""A schema with only what may be seen, for introspection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    left empty go too, and with them everything that mentions them; and so does what nothing leads
    to any more. A query type that is left empty stays with a field that says so.
    """
    nodes = parse(print_schema(schema), no_location=True).definitions
    left = [kept for node in nodes if (kept := _kept(node, keep)) is not None]
    while True:
        known = {node.name.value for node in left if isinstance(node, TypeDefinitionNode)}
        next_ = [kept for node in left if (kept := _closed(node, known | _BUILT_IN)) is not None]
        if next_ == left:
            break
        left = next_
    roots = [root for root in _roots(schema) if root in known]
    if not roots or schema.query_type is None:
        return None
    if schema.query_type.name not in roots:
        left.append(_without_fields(schema.query_type.name))
    reached = _reached(left, schema)
    left = [one for one in left if not isinstance(one, TypeDefinitionNode) or _name(one) in reached]
    return build_ast_schema(DocumentNode(definitions=tuple(left)), assume_valid=True)


def _roots(schema: GraphQLSchema) -> Iterator[str]:
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        if root is not None:
            yield root.name


def _without_fields(query: str) -> DefinitionNode:
    """A query type of which nothing is shown: tools take no schema that has none."""
    message = "Stands for a type of which nothing is shown; it is no field."
    (node,) = parse(f'type {query} {{ "{message}" _empty: Boolean }}', no_location=True).definitions
    return node


def _reached(left: list[DefinitionNode], schema: GraphQLSchema) -> set[str]:
    """The types that the roots and the directives lead to, also by way of an interface."""
    mentioned = {_name(one): set(_mentions(one)) for one in left if _is_type(one)}
    for one in left:
        for interface in getattr(one, "interfaces", None) or ():
            mentioned[interface.name.value].add(_name(one))
    waiting = list(_roots(schema))
    waiting += [name for one in left if not _is_type(one) for name in _mentions(one)]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in mentioned and name not in reached:
            reached.add(name)
            waiting.extend(mentioned[name])
    return reached


def _is_type(node: DefinitionNode) -> bool:
    return isinstance(node, TypeDefinitionNode)


def _name(node: DefinitionNode) -> str:
    return node.name.value  # type: ignore[attr-defined]


def _mentions(node: DefinitionNode) -> Iterator[str]:
    """The names of the types in a definition."""
    for field in getattr(node, "fields", None) or ():
        yield _named(field.type)
        yield from (_named(one.type) for one in getattr(field, "arguments", None) or ())
    yield from (_named(one.type) for one in getattr(node, "arguments", None) or ())
    for name in ("types", "interfaces"):
        yield from (one.name.value for one in getattr(node, name, None) or ())


def _kept(node: DefinitionNode, keep: Keep) -> DefinitionNode | None:
    """The definition with only the parts that may be seen."""
    if not isinstance(node, TypeDefinitionNode):
        return node
    owner = node.name.value
    if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
        fields = (_field(owner, one, keep) for one in node.fields or ())
        return replace(node, fields=tuple(one for one in fields if one is not None))
    if isinstance(node, InputObjectTypeDefinitionNode):
        inputs = tuple(one for one in node.fields or () if keep(f"{owner}.{one.name.value}"))
        return replace(node, fields=inputs) if _is_enough(inputs, node.fields) else None
    if isinstance(node, EnumTypeDefinitionNode):
        values = [one for one in node.values or () if keep(f"{owner}.{one.name.value}")]
        return replace(node, values=tuple(values))
    return node


def _field(owner: str, node: FieldDefinitionNode, keep: Keep) -> FieldDefinitionNode | None:
    coordinate = f"{owner}.{node.name.value}"
    arguments = node.arguments or ()
    seen = tuple(one for one in arguments if keep(f"{coordinate}({one.name.value}:)"))
    if not keep(coordinate) or not _is_enough(seen, arguments):
        return None
    return replace(node, arguments=seen)


def _is_enough(
    left: tuple[InputValueDefinitionNode, ...], whole: tuple[InputValueDefinitionNode, ...] | None
) -> bool:
    """Whether a field can be called, or an input be made, with what is left."""
    return not any(_is_demanded(one) for one in whole or () if one not in left)


def _is_demanded(node: InputValueDefinitionNode) -> bool:
    return isinstance(node.type, NonNullTypeNode) and node.default_value is None


def _closed(node: DefinitionNode, known: Iterable[str]) -> DefinitionNode | None:
    """The definition without mentions of types that are gone; None when it is empty itself."""
    if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
        fields = tuple(_callable(node.fields, known))
        interfaces = tuple(one for one in node.interfaces or () if one.name.value in known)
        return replace(node, fields=fields, interfaces=interfaces) if fields else None
    if isinstance(node, InputObjectTypeDefinitionNode):
        inputs = tuple(_typed(node.fields, known))
        is_enough = _is_enough(inputs, node.fields)
        return replace(node, fields=inputs) if inputs and is_enough else None
    if isinstance(node, UnionTypeDefinitionNode):
        members = tuple(one for one in node.types or () if one.name.value in known)
        return replace(node, types=members) if members else None
    if isinstance(node, EnumTypeDefinitionNode):
        return node if node.values else None
    return node


def _callable(
    nodes: tuple[FieldDefinitionNode, ...] | None, known: Iterable[str]
) -> Iterator[FieldDefinitionNode]:
    for node in _typed(nodes, known):
        arguments = tuple(_typed(node.arguments, known))
        if _is_enough(arguments, node.arguments):
            yield replace(node, arguments=arguments)


def _typed(nodes: tuple[N, ...] | None, known: Iterable[str]) -> list[N]:
    return [one for one in nodes or () if _named(one.type) in known]


def _named(node: TypeNode) -> str:
    while hasattr(node, "type"):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value  # type: ignore[attr-defined]
