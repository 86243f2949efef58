"""What an operation looks customers up by: read from what it asks of the services."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from c360_federation.answers import CompiledOperation
from c360_federation.values import Json
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    parse,
    value_from_ast_untyped,
)

_FIELDS = frozenset(
    (
        "customer",
        "node",
        "customerByIdentifier",
        "customersByIdentifier",
        "customerByRecord",
        "customerChanged",
    )
)
_NAMING = frozenset(("id", "type", "value", "source", "key"))
"""The arguments that name a customer; the others say how much of it is wanted."""
_EXPLAINED = "why"
"""The field of a segment that names a customer, wherever the segment stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """One look-up: the arguments by which it names somebody."""

    arguments: Mapping[str, ValueNode]

    def named(self, variables: Mapping[str, Json]) -> Hashable:
        """Whom it names. Equal where one value is asked for in the same words."""
        given = {
            name: value_from_ast_untyped(node, dict(variables))
            for name, node in self.arguments.items()
        }
        return json.dumps(given, sort_keys=True, default=str)


def questions_of(compiled: CompiledOperation) -> tuple[Question, ...]:
    """The look-ups of an operation that policy left in it."""
    roots = [one for one in compiled.plan.fetches if not one.calls]
    looking = (given for one in roots for given in _looking(one.query))
    explained = (given for one in compiled.plan.fetches for given in _explaining(one.query))
    return tuple(map(Question, (*looking, *explained)))


def _looking(query: str) -> Iterator[Mapping[str, ValueNode]]:
    operation = parse(query, no_location=True).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    for node in operation.selection_set.selections:
        if isinstance(node, FieldNode) and node.name.value in _FIELDS:
            yield _naming(node.arguments or ())


def _explaining(query: str) -> Iterator[Mapping[str, ValueNode]]:
    """Of whom it is asked why they are in a segment, as if by `customer(id)`."""
    if _EXPLAINED not in query:
        return
    waiting: list[Node] = [parse(query, no_location=True)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode) and node.name.value == _EXPLAINED:
            yield from ({"id": one.value} for one in node.arguments or ())
        waiting += _within(node)


def _within(node: Node) -> Sequence[Node]:
    if isinstance(node, DocumentNode):
        return node.definitions
    selected = getattr(node, "selection_set", None)
    return selected.selections if isinstance(selected, SelectionSetNode) else ()


def _naming(arguments: tuple[ArgumentNode, ...]) -> Mapping[str, ValueNode]:
    return {one.name.value: one.value for one in arguments if one.name.value in _NAMING}
