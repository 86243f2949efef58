"""`Query.dataQuality`: how good the data of each source is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import strawberry
from c360_kernel.groups import rounded
from c360_kernel.stamp import wall_clock_ms
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import PROFILE

from c360_profile.domain.quality.cells import SOURCES, Cells
from c360_profile.domain.quality.counted import day_of
from c360_profile.domain.quality.crossings import Bounds, Breach
from c360_profile.domain.quality.tally import Measures, Tally, tally_of
from c360_profile.graph.context import GraphContext, Info

DATA_QUALITY = (
    "How good the data of each source is, trait by trait, over all living customers. Null for who"
    " is told of some customers alone."
)
_NOTHING = Measures()
_STEPS = 20
_Source = Annotated[
    str | None, strawberry.argument(description="Of this source alone; all if left out.")
]
_Trait = Annotated[
    str | None, strawberry.argument(description="Of this trait alone; all if left out.")
]


@strawberry.type(description="How good what a source says of a trait is: shares from 0 to 1.")
class TraitQuality:
    """GraphQL type."""

    source: str = strawberry.field(description="A source of the catalog.")
    trait: str = strawberry.field(description="A trait of the catalog that you may see.")
    records: int = strawberry.field(description="Records of the source.")
    filled: int = strawberry.field(description="Those of them that say the trait.")
    completeness: float | None = strawberry.field(description="Records that say it, of all.")
    validity: float | None = strawberry.field(
        description="Values within the catalog's rules, of those that are said."
    )
    uniqueness: float | None = strawberry.field(description="Different values, of valid ones.")
    timeliness: float | None = strawberry.field(
        description="Records of the source that are not stale, of all."
    )
    conflicts: float | None = strawberry.field(
        description="Values that another record of the customer contradicts, of those of which"
        " another says any."
    )
    drift: float | None = strawberry.field(
        description="How far the completeness of the last 30 days is from that of before."
    )
    breaches: list[str] = strawberry.field(description="Measures beyond the catalog's bounds.")


@strawberry.type(description="The quality of all data, as of one moment.")
class DataQuality:
    """GraphQL type."""

    counted_at: DateTime = strawberry.field(
        description="The moment that ages are told at: of asking."
    )
    traits: list[TraitQuality] = strawberry.field(description="By source and trait.")


async def data_quality(
    info: Info, source: _Source = None, trait: _Trait = None, first: First = None
) -> DataQuality | None:
    """The measures that the caller may see; of everybody, so none within a scope."""
    context = info.context
    if context.caller.predicate:
        return None
    now, bounds = wall_clock_ms(), Bounds(context.rules.catalog)
    tally = await _tally(context, source, day_of(now), bounds)
    seen = context.caller.visibility.seen
    places = (
        place
        for place in sorted(tally.traits)
        if trait in (None, place[1]) and f"{PROFILE}.{place[1]}" in seen
    )
    rows = _rows(tally, bounds.breaches(tally), places, context.caller.smallest_group)
    return DataQuality(counted_at=DateTime(now), traits=list(listed(list(rows), first)))


async def _tally(context: GraphContext, source: str | None, today: int, bounds: Bounds) -> Tally:
    """What is counted of one source, or of all."""
    cells = Cells(context.reader.cells)
    await cells.load((SOURCES,))
    sources = [one for one in cells[SOURCES] if source in (None, one)]
    return await tally_of(cells, sources, bounds.stale, today)


def _rows(
    tally: Tally, breaches: Sequence[Breach], places: Iterator[tuple[str, str]], least: int
) -> Iterator[TraitQuality]:
    """The rows, without those of which too few records tell."""
    for source, trait in places:
        records, filled = tally.sources[source].records, tally.traits[source, trait].filled
        if least and min(records, filled) < least:
            continue
        told = _told(tally, source, trait, least)._asdict()
        breached = {one.measure for one in breaches if one[:2] == (source, trait)}
        yield TraitQuality(
            source=source,
            trait=trait,
            records=rounded(records) if least else records,
            filled=rounded(filled) if least else filled,
            # A breach of what is not told would tell of the few that it is not told for.
            breaches=[one for one, value in told.items() if value is not None and one in breached],
            **told,
        )


def _rounded(share: float | None) -> float | None:
    """So coarse that a share and a rounded count tell no exact number."""
    return None if share is None else round(share * _STEPS) / _STEPS


def _told(tally: Tally, source: str, trait: str, least: int) -> Measures:
    """The measures; for who is told of no small group those of which no side is one."""
    if not least:
        return tally.measures(source, trait)
    shares = tally.shares(source, trait).items()
    told = {name: _rounded(one.value) for name, one in shares if one.is_told(least)}
    return _NOTHING._replace(**told)
