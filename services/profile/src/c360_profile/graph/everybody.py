"""The customers of today, for the gateway, which says what another policy would do to them."""

from __future__ import annotations

import strawberry
from c360_kernel.conditions.tree import EVERYBODY

from c360_profile.graph.context import Info
from c360_profile.store.granted import granted_purposes


async def customers_now(info: Info, purpose: str | None = None) -> list[strawberry.ID]:
    """The ids of all whom the caller may be told of; of those who consent to a purpose, if named.

    In no particular order.
    """
    reader = info.context.reader
    found = await reader.matching(EVERYBODY)
    if purpose is not None:
        granted = await granted_purposes(reader, found)
        found = [one for one, purposes in granted.items() if purpose in purposes]
    return list(map(strawberry.ID, found))


async def how_many_now(info: Info) -> int:
    """How many they are."""
    return await info.context.reader.count(EVERYBODY)
