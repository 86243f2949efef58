"""Objects as they are answered: beside the events that refer to them, and by their key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import orjson
import strawberry
from c360_kernel.catalog.model import PropertyType, TraitType
from c360_kernel.errors import Invalid
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.subgraph.catalog_types import CatalogObject, attribute
from c360_kernel.subgraph.catalog_types.fields import tags_of

# What the types are made of is part of the context, which is why that is not named here.
Info = strawberry.Info[Any, Any]
OBJECT = (
    "An object by its type and key, as it is now; null where none is known, or where it is deleted."
)
_Type = Annotated[
    str, strawberry.argument(name="type", description="A type of objects of the catalog.")
]
_Key = Annotated[str, strawberry.argument(description="What events refer to it by.")]


def referring_to(types: Mapping[str, type]) -> Callable[[PropertyType | TraitType], Any]:
    """Makes the fields of events and profiles that show what their properties and traits refer
    to."""

    def field(known: PropertyType | TraitType) -> Any:  # noqa: ANN401 - Strawberry's field
        held_by, object_ = attribute(known.name), known.refers

        async def referred(root: Any, info: Info) -> Any:  # noqa: ANN401
            key: str | None = getattr(root, held_by)
            return None if key is None else await _shown(info, ObjectName(object_, key))

        described = f"What `{known.name}` refers to, as it is now; null where that is not known."
        return strawberry.federation.field(
            resolver=referred,
            graphql_type=types[object_] | None,  # type: ignore[operator] - a type made here
            name=known.shown_as,
            tags=tags_of(known.tag),
            description=described,
        )

    return field


async def object_by_key(info: Info, type_: _Type, key: _Key) -> CatalogObject | None:
    """The resolver of `Query.object`. Raises `Invalid` OBJECT_TYPE_UNKNOWN."""
    if type_ not in info.context.types.catalog.objects:
        raise Invalid("type is no type of objects of the catalog", code="OBJECT_TYPE_UNKNOWN")
    return await _shown(info, ObjectName(type_, key))


async def objects_held(info: Info, types: Sequence[str], keys: Sequence[str]) -> list[list[str]]:
    """Of each object what holds: source, time of observation (ms UTC), "deleted" or "", and its
    properties as JSON with sorted names; nothing of one that is not known.

    The lists have one entry for each. Raises `Invalid` ARGUMENTS_UNEQUAL.
    """
    if len(types) != len(keys):
        raise Invalid("the lists have to be of one length", code="ARGUMENTS_UNEQUAL")
    names = [ObjectName(*one) for one in zip(types, keys, strict=True)]
    return [_said(one) for one in await info.context.objects.load_many(names)]


def _said(held: KnownObject | None) -> list[str]:
    if held is None:
        return []
    properties = orjson.dumps(dict(held.properties), option=orjson.OPT_SORT_KEYS).decode()
    return [held.source, str(held.observed_at), "deleted" if held.deleted else "", properties]


async def _shown(info: Info, name: ObjectName) -> Any:  # noqa: ANN401 - a type that a catalog makes
    held = await info.context.objects.load(name)
    return None if held is None or held.deleted else info.context.types.make_object(held)
