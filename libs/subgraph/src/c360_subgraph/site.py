"""A field as an operation selects it on one type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution import VariableValues
from graphql.pyutils import Path as GraphQLPath
from graphql.pyutils import gather_with_cancel, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from c360_subgraph.execution import Execution
from c360_subgraph.path import Path, field_path, graphql_path


@dataclass(frozen=True, slots=True)
class Site:
    """The field's definition and type, the type it is asked of, and all nodes that ask for it."""

    key: str
    parent: GraphQLObjectType
    field: GraphQLField
    nodes: list[FieldNode]

    @property
    def name(self) -> str:
        """The field's name, whatever its alias."""
        return self.nodes[0].name.value

    @property
    def coordinate(self) -> str:
        """`Customer.id`."""
        return f"{self.parent}.{self.name}"

    def info(self, execution: Execution, path: Path) -> Any:  # noqa: ANN401 - stands in for GraphQLResolveInfo
        """What resolvers are told; `path` may also be that of an item of the field's value."""
        return ResolveInfo(self, execution, path)


class ResolveInfo:
    """Has all that `GraphQLResolveInfo` has; what is seldom asked for is made when asked for."""

    __slots__ = ("_execution", "_path", "_site", "context")

    is_awaitable: Callable[[Any], bool] = staticmethod(is_awaitable)
    abort_signal = None

    def __init__(self, site: Site, execution: Execution, path: Path) -> None:
        self._site = site
        self._execution = execution
        self._path = path
        self.context = execution.context

    @property
    def field_name(self) -> str:
        """The field's name, whatever its alias."""
        return self._site.name

    @property
    def field_nodes(self) -> list[FieldNode]:
        """All nodes that ask for the field."""
        return self._site.nodes

    @property
    def return_type(self) -> Any:  # noqa: ANN401 - any output type
        """The type of the field."""
        return self._site.field.type

    @property
    def parent_type(self) -> GraphQLObjectType:
        """The type that the field is asked of."""
        return self._site.parent

    @property
    def path(self) -> GraphQLPath | None:
        """Where the field stands in the response."""
        return graphql_path(field_path(self._path))

    @property
    def schema(self) -> GraphQLSchema:
        """The schema that the operation runs on."""
        return self._execution.source.schema

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return self._execution.source.fragments

    @property
    def root_value(self) -> object:
        """What the operation started from."""
        return self._execution.root_value

    @property
    def operation(self) -> OperationDefinitionNode:
        """The operation that runs."""
        return self._execution.source.operation

    @property
    def variable_values(self) -> VariableValues:
        """The variables, as sent and as coerced."""
        return self._execution.variables

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        """Ways to gather awaitables and to leave them behind."""
        return GraphQLResolveInfoHelpers(gather=_gather, track=self._track)

    def _track(self, values: Sequence[Any]) -> None:
        awaitables = [value for value in values if is_awaitable(value)]
        if awaitables:
            self._execution.settle(awaitables)


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)
