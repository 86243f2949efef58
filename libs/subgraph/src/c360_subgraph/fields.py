"""Reading one field of an object: its value is resolved, then put in its place."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLLeafType, is_leaf_type

from c360_subgraph.completion import nullable, position_of
from c360_subgraph.execution import Execution
from c360_subgraph.leaves import NoValue, plain_class
from c360_subgraph.objects import SelectOn
from c360_subgraph.path import Path
from c360_subgraph.position import Position
from c360_subgraph.resolvers import resolved
from c360_subgraph.selection import FieldReader, ReadField
from c360_subgraph.site import Site
from c360_subgraph.strawberry_fields import StrawberryFields

_NULL = type(None)


def field_reader(site: Site, select_on: SelectOn, shortcuts: StrawberryFields) -> FieldReader:
    """Reads the field of a site."""
    if site.name == "__typename":
        return FieldReader(_type_name(site))
    position = position_of(site, site.field.type, select_on)
    attribute = shortcuts.attribute(site.field)
    type_ = nullable(site.field.type)
    if attribute is not None and is_leaf_type(type_):
        return _attribute(site, attribute, position, type_)
    return FieldReader(resolved(site, shortcuts, position))


def _type_name(site: Site) -> ReadField:
    name = site.parent.name

    def read(_: Execution, source: object, path: Path | None) -> str:
        return name

    return read


def _attribute(
    site: Site, attribute: str, position: Position, type_: GraphQLLeafType
) -> FieldReader:
    """Most fields are this: an attribute whose value is in the response as it is."""
    key, parent = site.key, site.parent.name
    plain = plain_class(type_)

    def read(execution: Execution, source: Any, path: Path | None) -> Any:  # noqa: ANN401
        try:
            value = getattr(source, attribute)
        except Exception as error:
            return position.fail(execution, error, (path, key, parent))
        return position.place(execution, value, (path, key, parent))

    if plain is NoValue:
        return FieldReader(read)
    return FieldReader(read, attribute, (plain,) if position.is_non_null else (plain, _NULL))
