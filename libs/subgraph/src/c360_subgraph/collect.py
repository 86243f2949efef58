"""Which fields a selection asks of objects of one type, once it is known what is skipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    is_abstract_type,
)

SKIP, INCLUDE = "skip", "include"


def condition_of(directive: DirectiveNode) -> ValueNode:
    """The `if` of `@skip` or `@include`."""
    return next(argument.value for argument in directive.arguments or ())


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects fields; `conditions` are the values of the variables of `@skip` and `@include`."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Mapping[str, bool]

    def fields(
        self, type_: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """The nodes of each response key, both in the order in which they are met."""
        grouped: dict[str, list[FieldNode]] = {}
        visited: set[str] = set()
        for selection_set in selection_sets:
            for node in self._visit(type_, selection_set, visited):
                grouped.setdefault((node.alias or node.name).value, []).append(node)
        return grouped

    def _visit(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        for selection in selection_set.selections:
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                if self._applies(selection, type_):
                    yield from self._visit(type_, selection.selection_set, visited)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                if self._applies(fragment, type_) and fragment.name.value not in visited:
                    visited.add(fragment.name.value)
                    yield from self._visit(type_, fragment.selection_set, visited)

    def _is_included(self, selection: SelectionNode) -> bool:
        for directive in selection.directives or ():
            value = condition_of(directive)
            if isinstance(value, VariableNode):
                holds = self.conditions[value.name.value]
            else:
                holds = isinstance(value, BooleanValueNode) and value.value
            if holds is (directive.name.value == SKIP):
                return False
        return True

    def _applies(
        self, fragment: FragmentDefinitionNode | InlineFragmentNode, type_: GraphQLObjectType
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == type_.name:
            return True
        on = self.schema.get_type(condition.name.value)
        return is_abstract_type(on) and self._is_possible(on, type_)

    def _is_possible(self, on: GraphQLAbstractType, type_: GraphQLObjectType) -> bool:
        return self.schema.is_sub_type(on, type_)
