"""Segments that people made: what is kept of each version, and what may be saved.

Of a name the greatest version holds. Of what was saved as the same version the smaller stamp does,
whatever order it is read in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.catalog.draft_segments import read_draft
from c360_kernel.catalog.model import Catalog, SegmentDefinition
from c360_kernel.catalog.names import SNAKE
from c360_kernel.catalog.saved_segments import with_saved
from c360_kernel.catalog.titles import ENGLISH
from c360_kernel.errors import Invalid
from c360_kernel.value_object import value_object
from c360_kernel.visibility import Visibility

LONGEST_NAME = 64


@value_object
class SavedSegment:
    """A version of a segment. `condition` is JSON as its author wrote it, `at` is in ms UTC."""

    name: str
    version: int
    stamp: str
    at: int
    title: str
    description: str
    condition: str
    note: str
    author: str
    archived: bool


class Wanted(NamedTuple):
    """What somebody wants to save: `version` is the one that it replaces, 0 for none. Without a
    condition the segment is archived."""

    name: str
    version: int
    condition: str | None


def definitions_of(saved: Sequence[SavedSegment]) -> Mapping[str, SegmentDefinition]:
    """What is live of it, as a catalog says it."""
    return {one.name: definition_of(one) for one in saved if not one.archived}


def definition_of(one: SavedSegment) -> SegmentDefinition:
    """It, as a catalog says it."""
    titles = {ENGLISH: one.title} if one.title else {}
    return SegmentDefinition(one.name, json.loads(one.condition), one.description, titles)


def refuse_outdated(wanted: Wanted, held: SavedSegment | None) -> None:
    """Raises `Invalid` where somebody else was faster, or where there is nothing to archive."""
    if wanted.condition is None and (held is None or held.archived):
        raise Invalid("no saved segment of this name is there for you", code="SEGMENT_UNKNOWN")
    now = held.version if held else 0
    if wanted.version != now:
        message = f"its version is {now} by now" if now else "nothing is saved under this name"
        raise Invalid(message, code="SEGMENT_CHANGED")


def condition_to_save(
    wanted: Wanted, catalog: Catalog, saved: Sequence[SavedSegment], visibility: Visibility
) -> str:
    """The condition to put on the log, as JSON. Raises `Invalid`.

    `catalog` is without what people saved, `saved` is the newest version of each name.
    """
    if wanted.condition is None:
        return _to_archive(wanted, catalog, saved)
    if not SNAKE.fullmatch(wanted.name) or len(wanted.name) > LONGEST_NAME:
        message = f"a name is snake_case, of at most {LONGEST_NAME} characters"
        raise Invalid(message, code="SEGMENT_NAME_INVALID")
    before = definitions_of(saved)
    known = with_saved(catalog, before)
    wrote = read_draft(wanted.condition, known, visibility, wanted.name).wrote
    after = with_saved(catalog, {**before, wanted.name: SegmentDefinition(wanted.name, wrote)})
    if (known.segments.keys() | {wanted.name}) - after.segments.keys():
        message = "it would be made of itself, or be too large with what it names"
        raise Invalid(message, code="SEGMENT_CONDITION_INVALID")
    return json.dumps(wrote, ensure_ascii=False)


def _to_archive(wanted: Wanted, catalog: Catalog, saved: Sequence[SavedSegment]) -> str:
    before = definitions_of(saved)
    left = {name: one for name, one in before.items() if name != wanted.name}
    lost = with_saved(catalog, before).segments.keys() - with_saved(catalog, left).segments.keys()
    if lost - {wanted.name}:
        raise Invalid("other segments are made of it", code="SEGMENT_IN_USE")
    return next(one.condition for one in saved if one.name == wanted.name)
