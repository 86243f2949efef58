"""Versions of segments that people made, and what the gateway asks before it takes another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import strawberry
from c360_kernel.catalog.reads import coordinates_read, named_by
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
    found = await _shown_versions(info, segment.name) if segment.saved else ()
    return [SegmentVersion.of(one, is_shown=is_shown) for one, is_shown in found]


async def shown_since(info: Info, name: str) -> int:
    """From when on a segment, and all that it named, read nothing but what the caller may use.

    In ms UTC. The catalog may have the name by now, and people had it before.
    """
    since, names = 0, [name]
    for held in names:
        versions = await _shown_versions(info, held)
        since = max(since, _first_shown(versions))
        named = {n for one, _ in versions for n in named_by(json.loads(one.condition), "segment")}
        names += sorted(named.difference(names))
    return since


def _first_shown(versions: Sequence[tuple[SavedSegment, bool]]) -> int:
    newer = 0
    for version, is_shown in versions:
        if not is_shown:
            # What changed with the condition itself tells of the one before.
            return (newer or version.at) + 1
        newer = version.at
    return 0


async def _shown_versions(info: Info, name: str) -> Sequence[tuple[SavedSegment, bool]]:
    """What was saved under it, newest first, and whether the caller may use all that it reads."""
    versions = await info.context.defined.versions(name)
    if not versions:
        return []
    catalog = (await info.context.defined.all()).catalog
    used = info.context.caller.visibility.used
    others = {held: one for held, one in catalog.segments.items() if held != name}
    apart = replace(catalog, segments=others)
    found: list[tuple[SavedSegment, bool]] = []
    for one in versions:
        read = with_saved(apart, {one.name: definition_of(one)}).segments.get(one.name)
        told = read and coordinates_read(read.condition, catalog) <= used
        found.append((one, bool(told)))
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


async def are_lists(info: Info, names: list[strawberry.ID]) -> list[bool]:
    """Of each name whether a list is there that the caller may know of."""
    known = await info.context.defined.visible()
    return [name in known and known[name].is_list for name in names]


async def saved_as(info: Info, name: strawberry.ID, version: int) -> str | None:
    """The stamp of the entry that holds as this version; null as long as none is handled."""
    found = await info.context.defined.versions(name)
    return next((one.stamp for one in found if one.version == version), None)
