"""Folds a batch into the store: winners per key, counters per record.

Counters stay with the record for ever, so moving a record from one customer to
another moves exactly what its events contributed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms

from c360_segment.domain.changes import NOTHING, Change, Changed, both
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import CustomerState, EventName, ProfileState, RecordState, SeenEvent
from c360_segment.emission import Cause
from c360_segment.handlers.incoming import Incoming
from c360_segment.handlers.past import PAST_CHANGED, new_past
from c360_segment.handlers.touched import Touched, touch
from c360_segment.store.port import Changes, SegmentUnit

Deltas = dict[RecordKey, Counter[str]]
_UNKNOWN = RecordState()


async def fold(unit: SegmentUnit, segments: Segments, incoming: Incoming) -> dict[str, Touched]:
    """Save what the batch changes; answers the customers to look at again, and why."""
    kept = await unit.events(incoming.events.keys())
    won = {
        name: event
        for name, event in incoming.events.items()
        if name not in kept or event.stamp < kept[name].stamp
    }
    deltas = _deltas(segments, won, kept)
    changes = _of_records(segments, won, kept, deltas)
    before = await unit.records(deltas.keys() | changes.keys() | incoming.assignments.keys())
    after = _moved(_counted(before, deltas), before, incoming)
    known = await unit.customers(incoming.profiles.keys())
    past = await new_past(unit, segments, incoming, known)
    touched = _by_profiles(incoming, known)
    for customer, cause in past.touched.items():
        touch(touched, customer, cause, PAST_CHANGED)
    newest = incoming.profiles, incoming.latest
    await unit.save(Changes(won, after, *newest, told=incoming.told, past=past.kept))
    seen = {record: before.get(record, _UNKNOWN) for record in changes} | after
    causes = _causes(incoming, won, kept)
    for record, state in seen.items():
        former = before.get(record, _UNKNOWN)
        changed = changes.get(record, NOTHING) if former.version == state.version else None
        for customer in {former.customer, state.customer} - {""}:
            touch(touched, customer, causes[record], changed)
    return touched


def _of_records(
    segments: Segments,
    won: Mapping[EventName, SeenEvent],
    kept: Mapping[EventName, SeenEvent],
    deltas: Deltas,
) -> dict[RecordKey, Changed]:
    """What is other about the records that come to, or lose, an event that conditions look at."""
    changes: dict[RecordKey, Changed] = {}
    for name, event in won.items():
        if name in kept:
            changes[kept[name].record] = changes[event.record] = None
        elif event.name in segments.watched or event.record in deltas:
            came = _came(segments, event)
            changes[event.record] = both(changes.get(event.record, NOTHING), came)
    return changes


def _came(segments: Segments, event: SeenEvent) -> Change:
    newest = stamp_ms(event.stamp) if event.name in segments.watched else 0
    return Change(frozenset({event.name}), newest=newest)


def _by_profiles(incoming: Incoming, before: Mapping[str, CustomerState]) -> dict[str, Touched]:
    """The customers of whom there are new profiles."""
    touched: dict[str, Touched] = {}
    for customer, profile in incoming.profiles.items():
        held = before[customer].profile if customer in before else None
        touched[customer] = Touched(incoming.customer_causes[customer], _other(held, profile))
    return touched


def _other(held: ProfileState | None, now: ProfileState) -> Changed:
    """What a profile changes of the one that is kept."""
    if held is not None and now.version <= held.version:
        return NOTHING
    if held is None or not (held.live and now.live):
        return None
    names = held.traits.keys() | now.traits.keys()
    return Change(traits=frozenset(n for n in names if _typed(held, n) != _typed(now, n)))


def _typed(profile: ProfileState, name: str) -> tuple[type, TraitValue | None]:
    """True and 1 are equal, and two things to conditions."""
    value = profile.traits.get(name)
    return type(value), value


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
