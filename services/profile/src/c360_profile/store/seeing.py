"""Events as computed traits see them, read from a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from c360_kernel.objects.sights import Sights, named_in
from c360_kernel.record import RecordKey

from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.computed.sights import seen_with
from c360_profile.domain.event import Event
from c360_profile.store.port import Happenings, Objects


class Seen(Happenings, Objects, Protocol):
    """What computed traits are made of."""


async def seeing(reader: Objects, sights: Sights, events: Sequence[Event]) -> Sequence[Event]:
    """These events, each with what is known now of the objects that it refers to."""
    names = named_in(sights, events) if sights else ()
    if not names:
        return events
    objects = await reader.objects(names)
    return [seen_with(sights, event, objects) for event in events]


async def happened_as_seen(
    reader: Seen, rules: ComputedRules, records: Collection[RecordKey]
) -> Mapping[RecordKey, Sequence[Event]]:
    """By record the events that computed traits are made of."""
    happened = await reader.happened(records, rules.by_event.keys())
    if not rules.sights:
        return happened
    found: dict[RecordKey, list[Event]] = {}
    every = [event for events in happened.values() for event in events]
    for event in await seeing(reader, rules.sights, every):
        found.setdefault(event.record, []).append(event)
    return found
