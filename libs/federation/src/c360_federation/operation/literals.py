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
from c360_federation.supergraph.entrusted import Entrusted, entrusted


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
        trust = entrusted(named)
        for field in node.fields:
            name = field.name.value
            if trust is None:
                yield f"{named.name}.{name}"
                yield from literal_uses(field.value, named.fields[name].type)
            elif trust is Entrusted.ITEM and name in named.fields:
                yield f"{named.name}.{name}"
