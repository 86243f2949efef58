"""What an argument literal uses: variables, and coordinates of input fields and enum values."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from c360_federation.operation.variables import Kind


def literal_variables(node: ValueNode) -> Iterator[str]:
    """The variables inside a literal."""
    if isinstance(node, VariableNode):
        yield node.name.value
    elif isinstance(node, ListValueNode):
        for value in node.values:
            yield from literal_variables(value)
    elif isinstance(node, ObjectValueNode):
        for field in node.fields:
            yield from literal_variables(field.value)


def literal_uses(node: ValueNode, kind: Kind) -> Iterator[str]:
    """The input coordinates inside a literal (variables answer for themselves)."""
    named = get_named_type(kind)
    if isinstance(node, EnumValueNode) and isinstance(named, GraphQLEnumType):
        yield f"{named.name}.{node.value}"
    elif isinstance(node, ListValueNode):
        for value in node.values:
            yield from literal_uses(value, kind)
    elif isinstance(node, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
        for field in node.fields:
            yield f"{named.name}.{field.name.value}"
            yield from literal_uses(field.value, named.fields[field.name.value].type)
