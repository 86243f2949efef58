"""Where quintiles begin, by what all customers bought as the catalog's quintiles look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from c360_kernel.catalog.computed_traits import QuintileOf
from c360_kernel.computing.windows import MS_A_DAY

from c360_profile.domain.computed.batch import seen_by, spending_seen
from c360_profile.domain.computed.quintiles import measured
from c360_profile.domain.computed.rules import ComputedRules, Computing
from c360_profile.domain.event import Event
from c360_profile.domain.query import Window
from c360_profile.domain.scores.quintiles import CutPoints, cut_points, declaration
from c360_profile.store.granted import pages_of_granting
from c360_profile.store.port import ProfileReader
from c360_profile.store.seeing import seeing


async def fitted_cut_points(
    reader: ProfileReader, rules: ComputedRules, until: int, purpose: str = ""
) -> tuple[CutPoints, ...]:
    """Of each quintile of the catalog that anybody has, as of the end of day `until`.

    With a `purpose` of those customers only who have granted it.
    """
    ranked = {name: one for name, one in rules.by_name.items() if one.trait.of is not None}
    if not ranked:
        return ()
    values: dict[str, list[float]] = {name: [] for name in ranked}
    async for some, _ in pages_of_granting(reader, purpose):
        for events in (await _bought(reader, rules, ranked, some)).values():
            for name, value in _measured(ranked, events, until):
                values[name].append(value)
    return tuple(_cut(ranked[name], own) for name, own in values.items() if own)


async def _bought(
    reader: ProfileReader,
    rules: ComputedRules,
    ranked: Mapping[str, Computing],
    customers: Sequence[str],
) -> Mapping[str, Sequence[Event]]:
    names = {event for one in ranked.values() for event in one.trait.events}
    told = await reader.timeline(customers, Window(names=tuple(sorted(names))))
    return {name: await seeing(reader, rules.sights, events) for name, events in told.items()}


def _measured(
    ranked: Mapping[str, Computing], events: Sequence[Event], until: int
) -> Iterator[tuple[str, float]]:
    for name, one in ranked.items():
        spending = spending_seen(seen_by(one, events))
        value = measured(one.trait, spending, until * MS_A_DAY)
        if value is not None:
            yield name, value


def _cut(one: Computing, values: Sequence[float]) -> CutPoints:
    of = cast(QuintileOf, one.trait.of)
    return CutPoints(one.trait.name, of, declaration(one.trait), len(values), cut_points(values))
