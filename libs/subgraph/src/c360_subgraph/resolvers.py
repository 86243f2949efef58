"""Calling a field's resolver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import default_field_resolver

from c360_subgraph.arguments import argument_reader
from c360_subgraph.execution import Execution
from c360_subgraph.path import Path
from c360_subgraph.site import Site
from c360_subgraph.strawberry_fields import StrawberryFields

Resolve: TypeAlias = Callable[[Execution, Any, Path], Any]
"""What the resolver returns for an object, at the path of the field."""


def resolver(site: Site, shortcuts: StrawberryFields) -> Resolve:
    """Calls what resolves the field: Strawberry's function itself where that is possible."""
    read_arguments = argument_reader(site.field, site.nodes[0])
    call = shortcuts.call(site.field) or site.field.resolve or default_field_resolver
    if not site.field.args:

        def resolve_without_arguments(execution: Execution, source: Any, path: Path) -> Any:  # noqa: ANN401
            return call(source, site.info(execution, path))

        return resolve_without_arguments

    def resolve(execution: Execution, source: Any, path: Path) -> Any:  # noqa: ANN401
        arguments = read_arguments(execution.variables)
        return call(source, site.info(execution, path), **arguments)

    return resolve
