"""Objects that change: whoever refers to one by an event or trait is looked at again, by pages.

How far they have been gone through is scheduled (`c360_kernel.objects.following`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.objects.following import Following, followed
from c360_kernel.objects.known import KnownObject, last_observed
from c360_kernel.objects.sights import referring
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.changes import Change
from c360_segment.domain.referred import traits_referring
from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.objects import Reference
from c360_segment.store.port import SegmentUnit

_PAGE = 500
_TRAIT = "trait:"
"""Before the name of a trait, where that of a property may stand, too."""
_AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""


def _cause(one: Following) -> Cause:
    """What is told to have changed the customers."""
    return Cause(one.stamp, stamp_ms(one.stamp))


async def keep_objects(unit: SegmentUnit, segments: Segments, said: Sequence[KnownObject]) -> None:
    """Keep what is said of objects, and have whoever is seen with them looked at again."""
    if not said:
        return
    last = last_observed(said)
    held = await unit.objects(last.keys())
    await unit.keep_objects(list(last.values()))
    for name, one in last.items():
        before = held.get(name)
        if one.outranks(before) and one.says_otherwise(before):
            for by in _followed_by(segments, name.type):
                unit.schedule(_AT_ONCE, Following(name, one.stamp, by).key)


def _followed_by(segments: Segments, type_: str) -> Iterator[str]:
    yield from referring(segments.sights, type_)
    yield from (f"{_TRAIT}{one}" for one in sorted(traits_referring(segments.referred, type_)))


async def touched_through(
    unit: SegmentUnit, segments: Segments, due: Iterable[Scheduled]
) -> Mapping[str, Touched]:
    """The customers whose events and traits refer to objects that are due.

    Of more than a page of records and customers, of all these objects, the rest is scheduled again.
    """
    touched: dict[str, Touched] = {}
    left = _PAGE
    for one in followed(due):
        if one.by not in _followed_by(segments, one.name.type):
            # The segments have changed since, and everybody was evaluated by it.
            continue
        if not left:
            unit.schedule(_AT_ONCE, one.key)
            continue
        go_on = _by_trait if one.by.startswith(_TRAIT) else _by_events
        page = await go_on(unit, segments, one, left)
        left -= page.size
        for customer in page.customers:
            touch(touched, customer, _cause(one), page.changed)
        if page.after:
            unit.schedule(_AT_ONCE, one._replace(after=page.after).key)
    return touched


class _Page(NamedTuple):
    """Some of those who refer to an object, of so many that were looked at, and what is other."""

    customers: Sequence[str]
    changed: Change
    size: int
    after: str


async def _by_events(unit: SegmentUnit, segments: Segments, one: Following, left: int) -> _Page:
    events = referring(segments.sights, one.name.type)[one.by]
    found = await unit.referring(Reference(one.by, one.name.key, events), one.after, left)
    states = (await unit.records(found.records)).values()
    customers = [state.customer for state in states if state.customer]
    return _Page(customers, Change(events), len(found.records), found.after)


async def _by_trait(unit: SegmentUnit, _: Segments, one: Following, left: int) -> _Page:
    trait = one.by.removeprefix(_TRAIT)
    customers, after = await unit.holding(trait, one.name.key, one.after, left)
    return _Page(customers, Change(traits=frozenset({trait})), len(customers), after)
