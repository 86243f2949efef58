"""Reading a field by calling what resolves it."""

from __future__ import annotations

from typing import Any

from graphql import default_field_resolver

from c360_subgraph.arguments import arguments_of
from c360_subgraph.execution import Execution
from c360_subgraph.path import Path
from c360_subgraph.position import Position
from c360_subgraph.selection import ReadField
from c360_subgraph.site import ResolveInfo, Site
from c360_subgraph.strawberry_fields import StrawberryFields


def resolved(site: Site, shortcuts: StrawberryFields, position: Position) -> ReadField:
    """Reads a field by what resolves it: Strawberry's function itself where that is possible."""
    key, parent = site.key, site.parent.name
    constants, read_arguments = arguments_of(site.field, site.nodes[0])
    call = shortcuts.call(site.field) or site.field.resolve or default_field_resolver

    def read(execution: Execution, source: Any, path: Path | None) -> Any:  # noqa: ANN401
        here = (path, key, parent)
        try:
            info: Any = ResolveInfo(site, execution, here)
            if read_arguments is None:
                value = call(source, info, **constants)
            else:
                value = call(source, info, **read_arguments(execution.variables))
        except Exception as error:
            return position.fail(execution, error, here)
        return position.place(execution, value, here)

    return read
