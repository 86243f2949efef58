"""Objects that change: whoever's events refer to one is looked at again, a page at a time.

A key of what is scheduled that begins with `object:` names an object that changed, the entry that
says so, and how far its events have been gone through. Of many customers each is told in its turn,
so that no entry causes more than a page at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson
from c360_kernel.objects.known import KnownObject, ObjectName, last_observed
from c360_kernel.objects.sights import referring
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.changes import Change
from c360_segment.domain.segments import Segments
from c360_segment.emission import Cause
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.objects import Reference
from c360_segment.store.port import SegmentUnit

_OBJECT = "object:"
_PAGE = 500
_AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""


class Following(NamedTuple):
    """An object that changed, by the entry of this stamp; which property names it on events that
    are to be gone through, and from which place on."""

    name: ObjectName
    stamp: str
    by: str
    after: str = ""

    @property
    def key(self) -> str:
        """The key under which it is scheduled."""
        return _OBJECT + orjson.dumps([*self.name, self.stamp, self.by, self.after]).decode()

    @property
    def cause(self) -> Cause:
        """What is told to have changed the customers."""
        return Cause(self.stamp, stamp_ms(self.stamp))


def is_object(one: Scheduled) -> bool:
    """Whether it is an object whose events are to be gone through; no id of a customer is."""
    return one.key.startswith(_OBJECT)


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
            for by in referring(segments.sights, name.type):
                unit.schedule(_AT_ONCE, Following(name, one.stamp, by).key)


async def touched_through(
    unit: SegmentUnit, segments: Segments, due: Iterable[Scheduled]
) -> Mapping[str, Touched]:
    """The customers whose events refer to objects that are due.

    Of more than a page of records, of all these objects, the rest is scheduled again.
    """
    touched: dict[str, Touched] = {}
    left = _PAGE
    for one in _followed(due):
        events = referring(segments.sights, one.name.type).get(one.by, frozenset())
        if not events:
            # The segments have changed since, and everybody was evaluated by it.
            continue
        if not left:
            unit.schedule(_AT_ONCE, one.key)
            continue
        reference = Reference(one.by, one.name.key, events)
        found = await unit.referring(reference, one.after, left)
        left -= len(found.records)
        for state in (await unit.records(found.records)).values():
            if state.customer:
                touch(touched, state.customer, one.cause, Change(events))
        if found.after:
            unit.schedule(_AT_ONCE, one._replace(after=found.after).key)
    return touched


def _followed(due: Iterable[Scheduled]) -> Iterator[Following]:
    for one in filter(is_object, due):
        type_, key, stamp, by, after = orjson.loads(one.key.removeprefix(_OBJECT))
        yield Following(ObjectName(type_, key), stamp, by, after)
