"""What a selection says again is said once: equal siblings are left out before anything counts."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    print_ast,
)

from c360_federation.operation.limits import beyond

_Selecting: TypeAlias = OperationDefinitionNode | FragmentDefinitionNode


class _Kept(NamedTuple):
    """A selection without repeats, and the number that all equal ones share."""

    selected: SelectionSetNode
    number: int


def without_repeats(document: DocumentNode, most: float = math.inf) -> DocumentNode:
    """The same document, but of equal selections side by side the first alone.

    What carries a directive stays: labels of `@defer` have to differ, for one. Raises
    RequestRefused when more than `most` would be left out.
    """
    run = _Repeats(most)
    definitions = tuple(
        replace(one, selection_set=run.kept(one.selection_set).selected)
        if isinstance(one, _Selecting)
        else one
        for one in document.definitions
    )
    return replace(document, definitions=definitions)


class _Repeats:
    def __init__(self, most: float) -> None:
        self._most = most
        self._left_out = 0
        self._numbers: dict[Hashable, int] = {}

    def kept(self, selected: SelectionSetNode) -> _Kept:
        found: dict[Hashable, SelectionNode] = {}
        for node in selected.selections:
            key, kept = self._one(node)
            found.setdefault(key, kept)
        self._left_out += len(selected.selections) - len(found)
        if self._left_out > self._most:
            raise beyond("repeats", self._most)
        number = self._numbers.setdefault(tuple(found), len(self._numbers))
        return _Kept(replace(selected, selections=tuple(found.values())), number)

    def _one(self, node: SelectionNode) -> tuple[Hashable, SelectionNode]:
        """A selection without repeats below it, and what makes it equal to others."""
        below = None
        if not isinstance(node, FragmentSpreadNode) and node.selection_set is not None:  # type: ignore[attr-defined]
            inner, below = self.kept(node.selection_set)  # type: ignore[attr-defined]
            node = replace(node, selection_set=inner)  # type: ignore[call-arg]
        if node.directives:
            return ("@", id(node)), node
        return _key(node, below), node


def _key(node: SelectionNode, below: int | None) -> Hashable:
    if isinstance(node, FieldNode):
        alias = node.alias.value if node.alias else None
        return alias, node.name.value, _printed(node.arguments or ()), below
    if isinstance(node, FragmentSpreadNode):
        return "...", node.name.value
    assert isinstance(node, InlineFragmentNode)
    return "on", node.type_condition.name.value if node.type_condition else None, below


def _printed(arguments: Sequence[ArgumentNode]) -> str:
    return " ".join(map(print_ast, arguments))
