"""Versions of segments that people made, and what the gateway asks before it takes another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import strawberry
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.catalog.saved_segments import with_saved
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.scalars import DateTime

from c360_segment.domain.saved import (
    SavedSegment,
    Wanted,
    condition_to_save,
    definition_of,
    refuse_outdated,
)
from c360_segment.domain.segments import Segment
from c360_segment.graph.context import Info


@strawberry.type(description="A version of a segment that people made.")
class SegmentVersion:
    """GraphQL type."""

    version: int = strawberry.field(description="Counted from 1.")
    saved_at: DateTime = strawberry.field(description="When it was saved.")
    author: str = strawberry.field(description="Who saved it.")
    note: str = strawberry.field(description="Why, as its author says; or nothing.")
    is_archived: bool = strawberry.field(description="Whether this version put an end to it.")
    condition: str | None = strawberry.field(
        description="The condition as its author wrote it, in JSON; null where it reads what you"
        " may not, or what is no longer in the catalog."
    )

    @classmethod
    def of(cls, one: SavedSegment, *, is_shown: bool) -> Self:
        """The GraphQL form."""
        return cls(
            version=one.version,
            saved_at=DateTime(one.at),
            author=one.author,
            note=one.note,
            is_archived=one.archived,
            condition=one.condition if is_shown else None,
        )


async def versions_of(info: Info, segment: Segment) -> list[SegmentVersion]:
    """What was saved under its name, newest first."""
    found = await shown_versions(info, segment)
    return [SegmentVersion.of(one, is_shown=is_shown) for one, is_shown in found]


async def shown_versions(info: Info, segment: Segment) -> Sequence[tuple[SavedSegment, bool]]:
    """The versions of it, newest first, and of each whether the caller may use all it reads."""
    if segment.saved is None:
        return []
    catalog = (await info.context.defined.all()).catalog
    used = info.context.caller.visibility.used
    others = {name: one for name, one in catalog.segments.items() if name != segment.name}
    apart = replace(catalog, segments=others)
    found: list[tuple[SavedSegment, bool]] = []
    for one in await info.context.defined.versions(segment.name):
        read = with_saved(apart, {one.name: definition_of(one)}).segments.get(one.name)
        found.append((one, read is not None and coordinates_read(read.condition) <= used))
    return found


async def segment_to_save(
    info: Info, name: strawberry.ID, version: int, most: int, condition: str | None = None
) -> str:
    """The condition to put on the log for it, as JSON; of none that of the segment to archive.

    Raises `Invalid`: it may not be saved like this, by this caller.
    """
    defined, caller = info.context.defined, info.context.caller
    catalog, saved = defined.catalog, await defined.newest()
    held = next((one for one in saved if one.name == name), None)
    if name in catalog.segments or (held is not None and not await _may_touch(info, held)):
        raise Invalid("this name is taken", code="SEGMENT_NAME_TAKEN")
    wanted = Wanted(name, version, condition)
    refuse_outdated(wanted, held)
    is_new = held is None or held.archived
    if is_new and sum(not one.archived for one in saved) >= most:
        message = f"people have made {most} segments: archive some"
        raise Invalid(message, code="SEGMENTS_TOO_MANY")
    return condition_to_save(wanted, catalog, saved, caller.visibility)


async def _may_touch(info: Info, held: SavedSegment) -> bool:
    """Whether the caller is told of it; of what the catalog allows no longer its author is."""
    defined, known = info.context.defined, await info.context.defined.all()
    if held.name in known.by_name or held.name in known.archived:
        return await defined.named(held.name) is not None
    return held.author == info.context.caller.principal


async def saved_as(info: Info, name: strawberry.ID, version: int) -> str | None:
    """The stamp of the entry that holds as this version; null as long as none is handled."""
    found = await info.context.defined.versions(name)
    return next((one.stamp for one in found if one.version == version), None)
