"""Default values of inputs: one for all subgraphs, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from graphql import (
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    print_ast,
)

Comparable: TypeAlias = object


def comparable(node: ValueNode | None) -> Comparable:
    """What two literals have in common when they mean the same value."""
    if node is None:
        return None
    if isinstance(node, (IntValueNode, FloatValueNode)):
        return ("number", float(node.value))
    if isinstance(node, ListValueNode):
        return ("list", tuple(comparable(one) for one in node.values))
    if isinstance(node, ObjectValueNode):
        fields = frozenset((one.name.value, comparable(one.value)) for one in node.fields)
        return ("object", fields)
    return (type(node).__name__, print_ast(node))


def are_at_odds(defaults: Sequence[ValueNode | None]) -> bool:
    """Whether two subgraphs would fill in different values."""
    return len({comparable(one) for one in defaults if one is not None}) > 1


def are_partial(defaults: Sequence[ValueNode | None]) -> bool:
    """Whether only some of the subgraphs have one."""
    return any(one is None for one in defaults) and any(one is not None for one in defaults)
