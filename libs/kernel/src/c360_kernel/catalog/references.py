"""Reads which properties of events, and which traits, hold the keys of objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import ObjectType, PropertyType, Referred, TraitType

NO_OBJECTS: Mapping[str, ObjectType] = MappingProxyType({})


Known = TypeVar("Known", PropertyType, TraitType)


def with_reference(entry: Entry, known: Known, objects: Mapping[str, ObjectType]) -> Known:
    """A property or trait with what it refers to: `{type: string, tag: public, refers: product}`.

    The key of the object is what it holds, so both have one tag.
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
    _refuse_shadowed(section, properties, names.PROPERTY_NAMES_TAKEN, "event")


def refuse_shadowed_traits(
    section: Located, traits: Mapping[str, TraitType], others: Collection[str]
) -> None:
    """Complain where an object is called as something else of the profile is: a trait of these or
    of `others`."""
    _refuse_shadowed(section, traits, {*names.TRAIT_NAMES_TAKEN, *others}, "profile")


def _refuse_shadowed(
    section: Located, known: Mapping[str, Known], reserved: Collection[str], of: str
) -> None:
    taken: set[str] = {*reserved, *known}
    for name, at in section.fields().items():
        one = known.get(name)
        if one is None or not one.refers:
            continue
        if one.shown_as in taken:
            at.complain(f"'{one.shown_as}' is something else of the {of}: give another 'as'")
        taken.add(one.shown_as)


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


def shown_names(properties: Collection[Known]) -> dict[str, Known]:
    """By what a referred object is called, the property or trait that holds its key."""
    return {one.shown_as: one for one in properties if one.refers}
