"""Segments that nobody has saved: who would be a member."""

from __future__ import annotations

from c360_kernel.catalog.draft_segments import read_draft
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.visibility import Visibility

from c360_segment.domain.accounts import account_view
from c360_segment.domain.reading import read_condition
from c360_segment.domain.referred import referred_in
from c360_segment.domain.segments import Segment
from c360_segment.domain.sights import sights_of


def draft_of(text: str, catalog: Catalog, visibility: Visibility) -> Segment:
    """The segment, without a name, that a condition in JSON would be. Raises `ConditionInvalid`."""
    definition = read_draft(text, catalog, visibility).whole
    condition, reads = (
        read_condition(definition, catalog),
        coordinates_read(definition, catalog),
    )
    return Segment(
        "",
        "",
        "",
        condition,
        reads,
        definition,
        sights=sights_of([condition], catalog),
        accounts=account_view([condition], catalog),
        referred=referred_in([condition], catalog),
    )
