"""Every definition of a supergraph document, with its schema coordinate."""

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


def coordinates(document: DocumentNode) -> Iterator[tuple[str, Node]]:
    """Types, fields, arguments, input fields and enum values."""
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
