"""`@tag` by coordinate: types, fields, arguments, input fields and enum values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
)

from c360_federation.supergraph.directives import applied


def read_tags(document: DocumentNode) -> dict[str, frozenset[str]]:
    """Every coordinate that carries a tag, with its tags."""
    tags: dict[str, frozenset[str]] = {}
    for coordinate, node in _coordinates(document):
        names = frozenset(told["name"] for told in applied(node, "tag"))
        if names:
            tags[coordinate] = names
    return tags


def _coordinates(document: DocumentNode) -> Iterator[tuple[str, Node]]:
    for node in document.definitions:
        if not isinstance(node, TypeDefinitionNode):
            continue
        name = node.name.value
        yield name, node
        if isinstance(node, (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)):
            yield from _fields(name, node.fields or ())
        elif isinstance(node, InputObjectTypeDefinitionNode):
            yield from ((f"{name}.{field.name.value}", field) for field in node.fields or ())
        elif isinstance(node, EnumTypeDefinitionNode):
            yield from ((f"{name}.{value.name.value}", value) for value in node.values or ())


def _fields(owner: str, fields: Iterable[FieldDefinitionNode]) -> Iterator[tuple[str, Node]]:
    for field in fields:
        coordinate = f"{owner}.{field.name.value}"
        yield coordinate, field
        for argument in field.arguments or ():
            yield f"{coordinate}({argument.name.value}:)", argument
