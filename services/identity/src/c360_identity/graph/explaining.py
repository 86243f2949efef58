"""Why are these two records one customer, who was this at a past time, what is to be decided?"""

from __future__ import annotations

from typing import Annotated

import strawberry
from c360_kernel.catalog.text import clean
from c360_kernel.errors import Invalid
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_at
from c360_kernel.subgraph.catalog_types.record_key import RECORD_KEY
from c360_kernel.subgraph.paging import After, FirstEdges, PageRequest
from c360_kernel.subgraph.scalars import DateTime

from c360_identity.graph.context import Info
from c360_identity.graph.evidence_nodes import DEFAULT_PATHS, MOST_PATHS, FirstPaths
from c360_identity.graph.reviewing import BEGINNING, Place


@strawberry.input(description="Names a source record.")
class RecordRef:
    """GraphQL input."""

    source: str = strawberry.field(description="A source of the catalog.")
    key: str = strawberry.field(
        description="The source's own key for the person, at most 512 characters."
    )

    @property
    def name(self) -> RecordKey:
        """The record."""
        return RecordKey(clean(self.source), clean(self.key))


def _one(description: str) -> object:
    return strawberry.federation.argument(tags=[RECORD_KEY], description=description)


async def explain_identity(
    info: Info,
    a: Annotated[RecordRef, _one("One of the two records.")],
    b: Annotated[RecordRef, _one("The other one.")],
    first_paths: FirstPaths = DEFAULT_PATHS,
) -> object:
    """Why two records are one customer, or why they are not."""
    if not 0 <= first_paths <= MOST_PATHS:
        raise Invalid(f"firstPaths is from 0 to {MOST_PATHS}", code="PAGE_SIZE_INVALID")
    answers = info.context.directory.answers
    explanation = await answers.explanation(a.name, b.name, first_paths)
    if explanation is None:
        return None
    return info.context.types.evidence.explanation(explanation=explanation)


async def identity_at(
    info: Info,
    record: Annotated[RecordRef, _one("The record.")],
    at: Annotated[DateTime, strawberry.argument(description="The moment.")],
) -> object:
    """Who a record was at a past time."""
    # What was stamped within the millisecond had happened by then.
    past = await info.context.directory.past.at(record.name, stamp_at(int(at) + 1))
    return None if past is None else info.context.types.past.customer(past=past, moment=int(at))


async def identity_reviews(info: Info, first: FirstEdges = None, after: After = None) -> object:
    """A page of what a steward may have to decide."""
    asked = PageRequest.of(first, after, None, None)
    place = BEGINNING if after is None else Place.read(after)
    found = await info.context.directory.reviews.page(place, asked.probe)
    return info.context.types.past.reviews(page=asked.cut(found))
