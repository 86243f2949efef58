"""Customers by the objects that their traits refer to: by the keys of those that are as asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.errors import Invalid
from c360_kernel.objects.known import KnownObject, ObjectName
from c360_kernel.objects.referred import by_keys, types_tested

from c360_profile.graph.context import GraphContext
from c360_profile.store.port import ObjectPages

MOST_OBJECTS = 20_000
"""Of a type of which there are more nothing is asked: all of them are looked at for one answer."""
_PAGE = 1_000


async def by_objects(condition: ValueCondition, context: GraphContext) -> ValueCondition:
    """A condition in which the keys of those objects that are so now stand for what is asked.

    So no store is asked for objects, and pages, counts and cursors are those of any filter. Raises
    `Invalid` OBJECTS_TOO_MANY.
    """
    referred = context.types.catalog.referred_traits
    types = types_tested(condition, referred)
    if not types:
        return condition
    objects = {one: await _all_of(context.reader, one) for one in sorted(types)}
    return by_keys(condition, referred, objects)


async def _all_of(reader: ObjectPages, type_: str) -> Sequence[KnownObject]:
    found: list[KnownObject] = []
    after = ObjectName(type_, "")
    while page := await reader.object_page(after, _PAGE):
        own = [one for one in page if one.name.type == type_]
        found += own
        if len(found) > MOST_OBJECTS:
            message = (
                f"of a type that the filter tests there are more than {MOST_OBJECTS:,} objects"
            )
            raise Invalid(message, code="OBJECTS_TOO_MANY")
        if len(own) < len(page):
            break
        after = page[-1].name
        # Of many, others wait, as a deadline does.
        await asyncio.sleep(0)
    return found
