"""`SourceRecord` as this subgraph knows it: what the source said, now and before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import strawberry
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.catalog_types.record_key import record_key_field
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed
from c360_kernel.subgraph.scalars import DateTime, Long
from c360_kernel.visibility import PROFILE
from c360_subgraph.pacing import AT_ONCE, PACE

from c360_profile.domain.revision import Revision, standing_at
from c360_profile.graph.catalog_types import CatalogTypes
from c360_profile.graph.context import Info

Instant = Annotated[
    DateTime | None,
    strawberry.argument(description="What the source had said by then; now if left out."),
]
_AS_FAST = 8
"""So many revisions are sorted in the time that one item of a list is made."""


def record_type(types: CatalogTypes) -> type:
    """`SourceRecord` with the traits that a catalog makes."""
    revision = _revision_type(types)

    async def history(root: Any, info: Info, first: First = None) -> Any:  # noqa: ANN401 - a type of the catalog
        states = listed(await _history(root, info), first)
        seen = info.context.caller.visibility.seen
        made: list[object] = []
        # One more than are shown tells that there are more.
        for start in range(0, min(len(states), LONGEST_LIST + 1), AT_ONCE):
            part = states[start : start + AT_ONCE]
            await PACE.take(len(part))
            made += [_revision(revision, types, state, seen) for state in part]
        return made

    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"source": str, "key": str | None},
        "source": strawberry.field(description="The source, by its name in the catalog."),
        "key": record_key_field("The source's own key for the person."),
        "traits": strawberry.field(
            resolver=_traits,
            graphql_type=types.record_traits | None,
            description="What the source says now, or had said by an instant, as it wrote it; null"
            " if it had said nothing or deleted it.",
        ),
        "history": strawberry.field(
            resolver=history,
            graphql_type=list[revision] | None,
            description="All that the source said, newest first.",
        ),
        "resolve_reference": classmethod(_by_reference),
    }
    made = type("SourceRecord", (), namespace)
    return strawberry.federation.type(
        made, keys=["source key"], description="What one source says about one person."
    )


def _revision_type(types: CatalogTypes) -> type:
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {
            "revision": Long,
            "observed_at": DateTime,
            "deleted": bool,
            "traits": types.record_traits | None,
            "patch": bool,
            "removed": list[str],
        },
        "revision": strawberry.field(
            description="Its number: of each trait the greatest that says something of it holds."
        ),
        "observed_at": strawberry.field(description="When the source saw this."),
        "deleted": strawberry.field(description="Whether the source had deleted the record."),
        "traits": strawberry.field(description="What it said; null when it was deleted."),
        "patch": strawberry.field(
            description="Whether it says what it names alone, and nothing of the other traits."
        ),
        "removed": strawberry.field(
            description="The traits that a patch removes, of those that you may see."
        ),
    }
    made = type("RecordRevision", (), namespace)
    return strawberry.type(made, description="One state of a source record.")


def _revision(made: type, types: CatalogTypes, state: Revision, seen: Collection[str]) -> object:
    return made(
        revision=state.number,
        observed_at=state.observed_at,
        deleted=state.deleted,
        traits=None if state.deleted else types.make_record_traits(state.traits),
        patch=state.named is not None,
        removed=[name for name in state.removed if f"{PROFILE}.{name}" in seen],
    )


def _by_reference(made: type, source: str, key: str) -> object:
    return made(source=source, key=key)


async def _traits(root: Any, info: Info, as_of: Instant = None) -> Any:  # noqa: ANN401 - a type of the catalog
    if as_of is not None:
        held = standing_at(await _history(root, info), as_of)
        return None if held is None else info.context.types.make_record_traits(held)
    record = await info.context.records.load(RecordKey(root.source, root.key))
    traits = None if record is None else record.traits
    return None if traits is None else info.context.types.make_record_traits(traits)


async def _history(root: Any, info: Info) -> list[Revision]:  # noqa: ANN401
    key = RecordKey(root.source, root.key)
    record = await info.context.records.load(key)
    if record is None:
        return []
    archived = await info.context.archives.load(key)
    # Sorted again for each alias that asks, up to a thousand of them made into objects.
    await PACE.take(len(archived) // _AS_FAST)
    return record.history(archived)
