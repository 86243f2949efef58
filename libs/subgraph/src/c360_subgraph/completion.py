"""How values of a type are completed: one closure per type, the inner type's inside it."""

from __future__ import annotations

from typing import Any, cast

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_abstract_type,
    is_leaf_type,
)

from c360_subgraph.execution import Execution
from c360_subgraph.leaves import leaf, plain_class
from c360_subgraph.lists import list_of
from c360_subgraph.objects import SelectOn, abstract_of, object_of
from c360_subgraph.path import Path
from c360_subgraph.position import Complete, Position
from c360_subgraph.site import Site


def position_of(site: Site, type_: Any, select_on: SelectOn) -> Position:  # noqa: ANN401
    """A place for values of a type."""
    is_non_null = isinstance(type_, GraphQLNonNull)
    return Position(site.nodes, is_non_null, completion(site, type_, select_on))


def completion(site: Site, type_: Any, select_on: SelectOn) -> Complete:  # noqa: ANN401
    """Completes values of a type; `select_on` compiles what the field selects of objects."""
    if isinstance(type_, GraphQLNonNull):
        return _non_null(site, completion(site, type_.of_type, select_on))
    if isinstance(type_, GraphQLList):
        item_type: object = type_.of_type
        item = position_of(site, item_type, select_on)
        return list_of(site, item, plain_class(nullable(item_type)))
    if is_leaf_type(type_):
        return leaf(type_)
    if is_abstract_type(type_):
        return abstract_of(site, type_, select_on(type_))
    object_type = cast(GraphQLObjectType, type_)
    return object_of(site, object_type, select_on(object_type)[object_type])


def nullable(type_: Any) -> Any:  # noqa: ANN401 - any GraphQL type
    """The type that a non-null type is made of, or the type itself."""
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _non_null(site: Site, inner: Complete) -> Complete:
    def complete(execution: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        completed = inner(execution, value, path)
        if completed is None:
            raise TypeError(f"Cannot return null for non-nullable field {site.coordinate}.")
        return completed

    return complete
