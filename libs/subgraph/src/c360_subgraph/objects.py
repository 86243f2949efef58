"""Objects, and values of interfaces and unions whose object type is known when they are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    Undefined,
    default_type_resolver,
)
from graphql.pyutils import inspect, is_awaitable

from c360_subgraph.execution import Execution
from c360_subgraph.path import Path
from c360_subgraph.position import Complete
from c360_subgraph.runtime_types import foreign_type
from c360_subgraph.selection import Select
from c360_subgraph.site import Site

SelectOn: TypeAlias = Callable[
    [GraphQLObjectType | GraphQLAbstractType], Mapping[GraphQLObjectType, Select]
]
"""Compiles what a field selects of values of a type, for each object type that they may be of."""


def object_of(site: Site, type_: GraphQLObjectType, select: Select) -> Complete:
    """Completes objects of a type."""
    checked = _checked(site, type_, select)

    def complete(execution: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        return checked(execution, value, path)

    return complete


def abstract_of(
    site: Site, type_: GraphQLAbstractType, selects: Mapping[GraphQLObjectType, Select]
) -> Complete:
    """Completes objects of whichever type of an interface or union they are.

    All are compiled at once: what is compiled later would keep its compiler, which keeps it.
    """
    resolve_type = type_.resolve_type or default_type_resolver
    compiled = {on.name: _checked(site, on, select) for on, select in selects.items()}

    def complete_as(execution: Execution, name: object, value: Any, path: Path) -> Any:  # noqa: ANN401
        known = compiled.get(name) if isinstance(name, str) else None
        if known is None:
            raise foreign_type(execution.source.schema, site, type_, name, value)
        return known(execution, value, path)

    async def complete_when_known(
        execution: Execution,
        name: Awaitable[object],
        value: Any,  # noqa: ANN401
        path: Path,
    ) -> Any:  # noqa: ANN401
        completed = complete_as(execution, await name, value, path)
        return await completed if is_awaitable(completed) else completed

    def complete(execution: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        name: Any = resolve_type(value, site.info(execution, path), type_)
        if is_awaitable(name):
            return complete_when_known(execution, name, value, path)
        return complete_as(execution, name, value, path)

    return complete


def _checked(site: Site, type_: GraphQLObjectType, select: Select) -> Complete:
    """Selects of a value once the type has said that the value is its own."""
    is_type_of: Any = type_.is_type_of
    if is_type_of is None:
        return select

    async def select_when_checked(
        execution: Execution,
        is_its_own: Awaitable[bool],
        value: Any,  # noqa: ANN401
        path: Path,
    ) -> Any:  # noqa: ANN401
        if not await is_its_own:
            raise _foreign(site, type_, value)
        selected = select(execution, value, path)
        return await selected if is_awaitable(selected) else selected

    def complete(execution: Execution, value: Any, path: Path) -> Any:  # noqa: ANN401
        is_its_own = is_type_of(value, site.info(execution, path))
        if is_awaitable(is_its_own):
            return select_when_checked(execution, is_its_own, value, path)
        if not is_its_own:
            raise _foreign(site, type_, value)
        return select(execution, value, path)

    return complete


def _foreign(site: Site, type_: GraphQLObjectType, value: object) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", site.nodes)
