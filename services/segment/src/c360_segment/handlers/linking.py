"""Keeps links to accounts, and says whom a change of them touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from c360_kernel.accounts.links import LinkSaid, link_of, may_hold
from c360_kernel.record import RecordKey

from c360_segment.domain.changes import LINKS, Change
from c360_segment.emission import Cause
from c360_segment.handlers.incoming import Incoming
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.port import Changes, SegmentUnit

LINKS_CHANGED = Change(traits=frozenset({LINKS}))


async def keep_links(unit: SegmentUnit, incoming: Incoming, touched: dict[str, Touched]) -> None:
    """Keep what a batch says of links, and touch whose links change.

    The records of persons are kept already.
    """
    if not incoming.links:
        return
    held = await unit.links(incoming.links.keys())
    links = {key: may_hold(held.get(key, ()), new) for key, new in incoming.links.items()}
    await unit.save(Changes(links=links))
    persons = dict(_persons(held, links, incoming.link_causes))
    for person, state in (await unit.records(persons.keys())).items():
        if state.customer:
            touch(touched, state.customer, persons[person], LINKS_CHANGED)


def _persons(
    held: Mapping[RecordKey, tuple[LinkSaid, ...]],
    links: Mapping[RecordKey, tuple[LinkSaid, ...]],
    causes: Mapping[RecordKey, Cause],
) -> Iterator[tuple[RecordKey, Cause]]:
    for key, said in links.items():
        before, now = link_of(held.get(key, ())), link_of(said)
        if before != now:
            yield from ((one.person, causes[key]) for one in (before, now) if one is not None)
