"""Keeps computed traits up: which customers an event touches, and what their events come to.

A key of what is scheduled that begins with a word and a colon is that of a customer; no record has
one, for the name of a source holds none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.log.entry import Entry
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey, TraitValue

from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.computed.tallies import Tallies, Tally, computed_by
from c360_profile.domain.event import Event, EventName
from c360_profile.store.port import ProfileUnit
from c360_profile.store.seeing import happened_as_seen, seeing

_CUSTOMER = "customer:"
AT_ONCE = 0
"""A moment that is over whatever the present, in ms UTC."""
_NOTHING: Mapping[RecordKey, Entry] = {}


class Happened(NamedTuple):
    """An event and the entry that says it."""

    event: Event
    entry: Entry


def customer_key(customer: str) -> str:
    """The key under which a customer is scheduled to be looked at again."""
    return f"{_CUSTOMER}{customer}"


def customers_among(due: Iterable[Scheduled]) -> dict[str, int]:
    """The customers that are due, each with its last moment."""
    moments: dict[str, int] = {}
    for moment, key in due:
        if key.startswith(_CUSTOMER):
            name = key.removeprefix(_CUSTOMER)
            moments[name] = max(moment, moments.get(name, 0))
    return moments


def is_customer(one: Scheduled) -> bool:
    """Whether it is a customer that is due."""
    return one.key.startswith(_CUSTOMER)


class Touched(NamedTuple):
    """The records whose events came to something else, and of these who lost one."""

    records: Mapping[RecordKey, Entry]
    losing: Collection[RecordKey]


async def keep_events(unit: ProfileUnit, rules: ComputedRules, told: Sequence[Happened]) -> Touched:
    """Keep events, and say which records these, or those in whose place they are kept, touch.

    A record is touched also by an event that it has already, so that what was only half saved is
    repaired by handling it again.
    """
    events = [one.event for one in told]
    if not rules.by_event or not events:
        await unit.keep_events(events)
        return Touched(_NOTHING, ())
    held = await unit.kept_events({event.id for event in events})
    await unit.keep_events(events)
    first = _first_stamped(told)
    lost = _lost(first.values(), held)
    touched: dict[RecordKey, Entry] = {}
    for event, entry in (*told, *lost):
        if event.name in rules.by_event:
            last = touched.get(event.record)
            touched[event.record] = entry if last is None or entry.stamp > last.stamp else last
    losing = {one.event.record for one in lost}
    seen = await seeing(unit, rules.sights, [one.event for one in first.values()])
    _remember(unit.folds.tallies, seen, held, losing)
    return Touched(touched, losing & touched.keys())


def _first_stamped(told: Iterable[Happened]) -> dict[EventName, Happened]:
    first: dict[EventName, Happened] = {}
    for one in told:
        known = first.get(one.event.id)
        if known is None or one.event.outranks(known.event):
            first[one.event.id] = one
    return first


def _lost(first: Iterable[Happened], held: Mapping[EventName, Event]) -> list[Happened]:
    """The events that others are kept in place of, each with the entry that took it away."""
    return [
        Happened(held[one.event.id], one.entry)
        for one in first
        if one.event.id in held and one.event.outranks(held[one.event.id])
    ]


def _remember(
    tallies: Tallies,
    events: Iterable[Event],
    held: Mapping[EventName, Event],
    losing: Collection[RecordKey],
) -> None:
    for event in events:
        if event.outranks(held.get(event.id)):
            tallies.add(event)
    tallies.forget(losing)


class Counted(NamedTuple):
    """By customer its computed traits, and by record what its events come to."""

    traits: Mapping[str, Mapping[str, TraitValue]]
    tallies: Mapping[RecordKey, Tally]


async def computed_traits(
    unit: ProfileUnit, rules: ComputedRules, own: Mapping[str, Collection[RecordKey]]
) -> Counted:
    """By customer, given with the records that belong to it, its computed traits.

    Has each looked at again when they change by themselves.
    """
    if not rules.by_event:
        return Counted({}, {})
    tallies = await _tallies(unit, rules, {key for keys in own.values() for key in keys})
    tick = await unit.present()
    traits: dict[str, Mapping[str, TraitValue]] = {}
    for customer, keys in own.items():
        held = [tallies[key] for key in keys]
        if held:
            traits[customer], due = computed_by(rules, held, tick)
            if due is not None:
                unit.schedule(due, customer_key(customer))
    return Counted(traits, tallies)


async def _tallies(
    unit: ProfileUnit, rules: ComputedRules, keys: Collection[RecordKey]
) -> Mapping[RecordKey, Tally]:
    found = unit.folds.tallies.held(keys, rules)
    unread = set(keys) - found.keys()
    if unread:
        happened = await happened_as_seen(unit, rules, unread)
        made = {key: Tally(rules, happened.get(key, ())) for key in unread}
        unit.folds.tallies.keep(made)
        found |= made
    return found
