"""Through which coordinates the parts of an item are written, as far as a schema tells.

The collector decides each value by whatever shows it; here the same is asked of a whole schema,
to tell what somebody may write at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from c360_kernel.catalog.names import camel, constant
from graphql import GraphQLInterfaceType, GraphQLSchema

from c360_policy.table import PolicyTable

Way: TypeAlias = tuple[str, ...]
"""Coordinates that must all be open to write a value in one way."""


class WaysToWrite:
    """By coordinate of an input, the ways in which its value may be written: one is enough."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._ways: Mapping[str, tuple[Way, ...]] = dict(_ways(schema))

    def is_open(self, coordinate: str, table: PolicyTable) -> bool:
        """Whether no rule stands in one of the ways; of anything else, true."""
        ways = self._ways.get(coordinate)
        return ways is None or any(_is_open(way, table) for way in ways)


def _is_open(way: Way, table: PolicyTable) -> bool:
    return not any(table.forbids_writing(one) for one in way)


def _ways(schema: GraphQLSchema) -> Iterator[tuple[str, tuple[Way, ...]]]:
    for name in _members(schema, "TraitsInput"):
        places = (f"Profile.{name}", f"RecordTraits.{name}", *_identifier(schema, constant(name)))
        yield from _way(schema, f"TraitsInput.{name}", [places])
    for name in _members(schema, "IdentifierInputType"):
        yield from _way(schema, f"IdentifierInputType.{name}", [_identifier(schema, name)])
    for name in _members(schema, "TagsInput"):
        yield from _way(schema, f"TagsInput.{name}", [(f"CustomerTags.{name}",)])
    for name in _members(schema, "AccountTraitsInput"):
        yield from _way(schema, f"AccountTraitsInput.{name}", [(f"AccountProfile.{name}",)])
    for name in _members(schema, "AccountLinkInput"):
        yield from _way(schema, f"AccountLinkInput.{name}", [(f"AccountLink.{name}",)])
    event = schema.type_map.get("Event")
    if isinstance(event, GraphQLInterfaceType):
        kinds = [one.name for one in schema.get_possible_types(event)]
        for name in _members(schema, "EventPropertiesInput"):
            own = [(f"{kind}.{name}",) for kind in kinds if name in _members(schema, kind)]
            yield from _way(schema, f"EventPropertiesInput.{name}", own)


def _identifier(schema: GraphQLSchema, name: str) -> Way:
    return f"Identifiers.{camel(name.lower())}", f"IdentifierType.{name}"


def _way(
    schema: GraphQLSchema, coordinate: str, ways: list[Way]
) -> Iterator[tuple[str, tuple[Way, ...]]]:
    known = [tuple(one for one in way if _is_there(schema, one)) for way in ways or [()]]
    yield coordinate, tuple((coordinate, *way) for way in known)


def _is_there(schema: GraphQLSchema, coordinate: str) -> bool:
    owner, _, member = coordinate.partition(".")
    return member in _members(schema, owner)


def _members(schema: GraphQLSchema, name: str) -> Mapping[str, object]:
    kind = schema.type_map.get(name)
    return getattr(kind, "fields", None) or getattr(kind, "values", None) or {}
