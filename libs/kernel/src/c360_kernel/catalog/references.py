"""Reads which properties of events hold the keys of objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import ObjectType, PropertyType, Referred

NO_OBJECTS: Mapping[str, ObjectType] = MappingProxyType({})


def with_reference(
    entry: Entry, known: PropertyType, objects: Mapping[str, ObjectType]
) -> PropertyType:
    """The property with what it refers to: `{type: string, tag: public, refers: product}`.

    The key of the object is what the property holds, so both have one tag.
    """
    if not entry.has("refers"):
        if entry.has("as"):
            entry.given["as"].complain("'as' is what a referred object is called: give 'refers'")
        return known
    object_ = entry.choice("refers", objects, "object")
    if object_ is None or object_ not in objects:
        return known
    if known.type != "string":
        entry.given["refers"].complain(f"'refers' needs type string, not '{known.type}'")
    elif known.tag != (tag := objects[object_].tag):
        entry.given["refers"].complain(f"'{object_}' has tag '{tag}', and so has what refers to it")
    name = entry.text("as") or names.camel(object_)
    if not names.CAMEL.fullmatch(name):
        entry.given["as"].complain(f"'{name}' is not a name: use lowerCamelCase")
    return replace(known, refers=object_, shown_as=name)


def refuse_shadowed(section: Located, properties: Mapping[str, PropertyType]) -> None:
    """Complain where an object is called as something else of the event is."""
    taken: set[str] = {*names.PROPERTY_NAMES_TAKEN, *properties}
    for name, at in section.fields().items():
        known = properties.get(name)
        if known is None or not known.refers:
            continue
        if known.shown_as in taken:
            at.complain(f"'{known.shown_as}' is something else of the event: give another 'as'")
        taken.add(known.shown_as)


def referred_by(
    properties: Mapping[str, PropertyType], objects: Mapping[str, ObjectType]
) -> dict[str, Referred]:
    """What computed traits may read of the objects that these properties refer to."""
    all_ = [
        Referred(known, seen)
        for known in properties.values()
        if known.refers
        for seen in objects[known.refers].properties.values()
    ]
    return {one.name: one for one in all_}


def shown_names(properties: Collection[PropertyType]) -> dict[str, PropertyType]:
    """By what a referred object is called, the property that holds its key."""
    return {one.shown_as: one for one in properties if one.refers}
