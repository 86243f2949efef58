"""Folds a batch into the store: winners per key, counters per record.

Counters stay with the record for ever, so moving a record from one customer to
another moves exactly what its events contributed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from c360_kernel.record import RecordKey

from c360_segment.domain.segments import Segments
from c360_segment.domain.state import EventName, RecordState, SeenEvent
from c360_segment.emission import Cause
from c360_segment.handlers.incoming import Incoming
from c360_segment.store.port import Changes, SegmentUnit

Deltas = dict[RecordKey, Counter[str]]
_UNKNOWN = RecordState()


async def fold(unit: SegmentUnit, segments: Segments, incoming: Incoming) -> dict[str, Cause]:
    """Save what the batch changes; answers the customers to look at again, with the cause."""
    kept = await unit.events(incoming.events.keys())
    won = {
        name: event
        for name, event in incoming.events.items()
        if name not in kept or event.stamp < kept[name].stamp
    }
    deltas, watched = _deltas(segments, won, kept), _watched(segments, won, kept)
    before = await unit.records(deltas.keys() | watched | incoming.assignments.keys())
    after = _moved(_counted(before, deltas), before, incoming)
    await unit.save(Changes(won, after, incoming.profiles, incoming.latest, told=incoming.told))
    seen = {record: before.get(record, _UNKNOWN) for record in watched} | after
    return _touched(before, seen, incoming, _causes(incoming, won, kept))


def _watched(
    segments: Segments,
    won: Mapping[EventName, SeenEvent],
    kept: Mapping[EventName, SeenEvent],
) -> set[RecordKey]:
    """The records that come to, or lose, an event whose time is looked at."""
    replaced = (kept[name] for name in won.keys() & kept.keys())
    return {one.record for one in (*won.values(), *replaced) if one.name in segments.watched}


def _deltas(
    segments: Segments,
    won: Mapping[EventName, SeenEvent],
    kept: Mapping[EventName, SeenEvent],
) -> Deltas:
    deltas: Deltas = defaultdict(Counter)
    for name, event in won.items():
        for counter in segments.counted(event.name, event.properties):
            deltas[event.record][counter] += 1
        replaced = kept.get(name)
        if replaced is not None:
            for counter in segments.counted(replaced.name, replaced.properties):
                deltas[replaced.record][counter] -= 1
    return deltas


def _causes(
    incoming: Incoming,
    won: Mapping[EventName, SeenEvent],
    kept: Mapping[EventName, SeenEvent],
) -> dict[RecordKey, Cause]:
    """Of a record that loses an event, the cause is the entry that takes it away."""
    losing = {
        kept[name].record: incoming.record_causes[event.record]
        for name, event in won.items()
        if name in kept
    }
    return losing | incoming.record_causes


def add_counts(state: RecordState, delta: Mapping[str, int]) -> RecordState:
    """The record with its counters moved; counters at zero are dropped."""
    counts = dict(state.counts)
    for counter, change in delta.items():
        counts[counter] = counts.get(counter, 0) + change
        if not counts[counter]:
            del counts[counter]
    return replace(state, counts=counts)


def _counted(
    before: Mapping[RecordKey, RecordState], deltas: Deltas
) -> dict[RecordKey, RecordState]:
    return {
        record: add_counts(before.get(record, _UNKNOWN), delta) for record, delta in deltas.items()
    }


def _moved(
    counted: dict[RecordKey, RecordState],
    before: Mapping[RecordKey, RecordState],
    incoming: Incoming,
) -> dict[RecordKey, RecordState]:
    for record, assigned in incoming.assignments.items():
        state = counted.get(record) or before.get(record, _UNKNOWN)
        if assigned.version > state.version:
            counted[record] = replace(state, customer=assigned.customer, version=assigned.version)
    return counted


def _touched(
    before: Mapping[RecordKey, RecordState],
    after: Mapping[RecordKey, RecordState],
    incoming: Incoming,
    causes: Mapping[RecordKey, Cause],
) -> dict[str, Cause]:
    touched = dict(incoming.customer_causes)
    for record, state in after.items():
        for customer in {before.get(record, _UNKNOWN).customer, state.customer} - {""}:
            touched.setdefault(customer, causes[record])
    return touched
