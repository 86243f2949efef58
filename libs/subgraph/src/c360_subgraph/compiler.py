"""From an operation to the closure that runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    OperationType,
    SelectionSetNode,
)

from c360_subgraph.collect import Collector
from c360_subgraph.execution import OperationSource
from c360_subgraph.fields import field_reader
from c360_subgraph.selection import (
    FieldReader,
    Select,
    one_after_the_other,
    together,
)
from c360_subgraph.site import Site
from c360_subgraph.strawberry_fields import StrawberryFields


def compile_operation(
    source: OperationSource, conditions: Mapping[str, bool], shortcuts: StrawberryFields
) -> Select:
    """Selects of the root value, with `@skip` and `@include` settled by `conditions`."""
    return _Compiler(source, conditions, shortcuts).operation()


class _Compiler:
    def __init__(
        self, source: OperationSource, conditions: Mapping[str, bool], shortcuts: StrawberryFields
    ) -> None:
        self._source = source
        self._collector = Collector(source.schema, source.fragments, conditions)
        self._shortcuts = shortcuts
        self._compiled: dict[tuple[str, *tuple[int, ...]], Select] = {}

    def operation(self) -> Select:
        operation = self._source.operation
        root = cast(GraphQLObjectType, self._source.schema.get_root_type(operation.operation))
        is_serial = operation.operation is OperationType.MUTATION
        combine = one_after_the_other if is_serial else together
        return combine(self._fields(root, [operation.selection_set]))

    def _select_on(
        self, type_: GraphQLObjectType | GraphQLAbstractType, nodes: Sequence[FieldNode]
    ) -> Mapping[GraphQLObjectType, Select]:
        if isinstance(type_, GraphQLObjectType):
            return {type_: self._select(type_, nodes)}
        possible = self._source.schema.get_possible_types(type_)
        return {on: self._select(on, nodes) for on in possible}

    def _select(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Select:
        """One closure for all places that ask the same of a type, as uses of a fragment do."""
        key = (type_.name, *(id(node) for node in nodes))
        known = self._compiled.get(key)
        if known is None:
            selection_sets = [node.selection_set for node in nodes if node.selection_set]
            known = self._compiled[key] = together(self._fields(type_, selection_sets))
        return known

    def _fields(
        self, type_: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]
    ) -> list[tuple[str, FieldReader]]:
        collected = self._collector.fields(type_, selection_sets)
        return [(key, self._reader(type_, key, nodes)) for key, nodes in collected.items()]

    def _reader(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldReader:
        field = cast(GraphQLField, self._source.schema.get_field(type_, nodes[0].name.value))
        site = Site(key, type_, field, nodes)
        return field_reader(site, lambda on: self._select_on(on, nodes), self._shortcuts)
