"""Checks what the condition of a segment says of events.

`{event: name, where: [...], source: web}` names events; a property may be one of an object that
these refer to, `product.category`. What is asked of them is one of

- `count: {at_least: 2, at_most: 5}`, at least one unless told;
- `sum`, `average`, `min` or `max`: `{property: amount, at_least: 100}`;
- `then: [{event: ..., where: [...], within: 7 days, same: [sku]}]`, each step after the one before,
  and `then_not: {...}`, a last step that does not follow;
- `regularly: {every: day, at_least: 7, of: 7, zone: Asia/Shanghai, same: sku}`.

A window says of which time: `last: 90 days`, `until: 30 days` (what is at least so long ago), both
together, or `this: month` with its `zone`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast, get_args

from c360_kernel.catalog.computed_traits import CalendarUnit
from c360_kernel.catalog.durations import DURATION_WORDS, duration_ms, time_zones
from c360_kernel.catalog.model import EventType
from c360_kernel.catalog.reads import MEASURES
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    Finding,
    LeafCheck,
    Path,
    count,
    given_in,
    mapping,
    members,
    property_leaf,
    unknown_fields,
    word,
)

_NAMED = ("event", "where", "source")
_WINDOW = ("last", "until", "this", "zone")
_SEQUENCE = ("then", "then_not")
_ASKED = ("count", *MEASURES, *_SEQUENCE, "regularly")
_NUMBERS = ("int", "float")
_BOUNDS = ("at_least", "at_most")
_MOST_STEPS = 8
_MOST_PERIODS = 366


def event_leaf(events: Mapping[str, EventType], sources: Mapping[str, object]) -> LeafCheck:
    """The forms that begin with `event`."""

    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, (*_NAMED, *_WINDOW, *_ASKED), path)
        event = yield from _named(fields, path)
        asked = [form for form in _ASKED if given_in(fields, form)]
        if len(asked) > 1 and set(asked) != set(_SEQUENCE):
            yield Fault(path, f"asks one thing of events, not {' and '.join(asked)}")
        for form in asked:
            yield from _asked(form, fields, event, path)
        yield from _window(fields, path)

    def _asked(form: str, fields: Fields, event: EventType | None, path: Path) -> Faults:
        here = (*path, form)
        if form == "count":
            yield from _count(fields[form], here)
        elif form in MEASURES:
            yield from _measure(fields[form], event, here)
        elif form == "then":
            yield from _steps(fields[form], event, here)
        elif form == "then_not":
            yield from _step(fields[form], _last_step(fields, event), here)
        else:
            yield from _regularly(fields, event, path)

    def _named(fields: Fields, path: Path) -> Finding[EventType]:
        name = yield from word(fields, "event", events, "event", path)
        event = events.get(name or "")
        if event and given_in(fields, "where"):
            yield from _where(fields["where"], event, (*path, "where"))
        if given_in(fields, "source"):
            yield from word(fields, "source", sources, "source", path)
        return event

    def _steps(value: object, event: EventType | None, path: Path) -> Faults:
        items = yield from members(value, path)
        if items is not None and not 0 < len(items) <= _MOST_STEPS:
            yield Fault(path, f"needs from one to {_MOST_STEPS} steps")
        for index, item in enumerate(items or ()):
            event = yield from _step(item, event, (*path, index))

    def _step(value: object, before: EventType | None, path: Path) -> Finding[EventType]:
        fields = yield from mapping(value, path)
        if fields is None:
            return None
        yield from unknown_fields(fields, (*_NAMED, "within", "same"), path)
        event = yield from _named(fields, path)
        if not given_in(fields, "within"):
            yield Fault(path, "'within' is missing")
        else:
            yield from _duration(fields["within"], (*path, "within"))
        if given_in(fields, "same"):
            names = yield from members(fields["same"], (*path, "same"))
            for index, name in enumerate(names or ()):
                yield from _same(name, (before, event), (*path, "same", index))
        return event

    def _last_step(fields: Fields, event: EventType | None) -> EventType | None:
        steps = fields.get("then")
        if not isinstance(steps, list) or not steps:
            return event
        last = cast("list[object]", steps)[-1]
        given = cast(Fields, last).get("event") if isinstance(last, Mapping) else None
        return events.get(given) if isinstance(given, str) else None

    return check


def _where(value: object, event: EventType, path: Path) -> Faults:
    items = yield from members(value, path)
    for index, item in enumerate(items or ()):
        yield from _property(item, event, (*path, index))


def _property(value: object, event: EventType, path: Path) -> Iterator[Fault]:
    fields = yield from mapping(value, path)
    if fields is not None:
        yield from property_leaf(event.readable)(fields, path)


def _same(name: object, events: tuple[EventType | None, ...], path: Path) -> Faults:
    if not isinstance(name, str):
        yield Fault(path, "expected text")
        return
    for event in filter(None, events):
        if name not in event.readable:
            yield Fault(path, f"'{name}' is no property of '{event.name}'")


def _count(value: object, path: Path) -> Faults:
    fields = yield from mapping(value, path)
    if fields is None:
        return
    yield from unknown_fields(fields, _BOUNDS, path)
    least = yield from count(fields, "at_least", path)
    most = yield from count(fields, "at_most", path)
    yield from _in_order(least, most, path)


def _measure(value: object, event: EventType | None, path: Path) -> Faults:
    fields = yield from mapping(value, path)
    if fields is None:
        return
    yield from unknown_fields(fields, ("property", *_BOUNDS), path)
    if event:
        readable = event.readable
        name = yield from word(fields, "property", readable, "property", path)
        found = readable.get(name or "")
        if found and found.type not in _NUMBERS:
            yield Fault((*path, "property"), f"needs a number, not '{found.type}'")
    least = yield from _number(fields, "at_least", path)
    most = yield from _number(fields, "at_most", path)
    yield from _in_order(least, most, path)


def _number(fields: Fields, name: str, path: Path) -> Finding[float]:
    if not given_in(fields, name):
        return None
    found = fields[name]
    if isinstance(found, bool) or not isinstance(found, int | float):
        yield Fault((*path, name), "expected a number")
        return None
    return found


def _in_order(least: float | None, most: float | None, path: Path) -> Faults:
    if least is None and most is None:
        yield Fault(path, "needs 'at_least' or 'at_most'")
    elif least is not None and most is not None and least > most:
        yield Fault(path, "'at_least' is above 'at_most'")


def _regularly(fields: Fields, event: EventType | None, path: Path) -> Faults:
    here = (*path, "regularly")
    for name in _WINDOW:
        if given_in(fields, name):
            yield Fault((*path, name), "'regularly' says itself of which time")
    asked = yield from mapping(fields["regularly"], here)
    if asked is None:
        return
    yield from unknown_fields(asked, ("every", "at_least", "of", "zone", "same"), here)
    yield from word(asked, "every", get_args(CalendarUnit), "part of the calendar", here)
    yield from _zone(asked, here)
    periods = yield from count(asked, "of", here)
    least = yield from count(asked, "at_least", here)
    if periods is None or not 0 < periods <= _MOST_PERIODS:
        yield Fault(here, f"'of' must be from 1 to {_MOST_PERIODS}")
    elif least is None or not 0 < least <= periods:
        yield Fault(here, f"'at_least' must be from 1 to {periods}")
    if given_in(asked, "same"):
        yield from _same(asked["same"], (event,), (*here, "same"))


def _window(fields: Fields, path: Path) -> Faults:
    last = until = None
    if given_in(fields, "last"):
        last = yield from _duration(fields["last"], (*path, "last"))
    if given_in(fields, "until"):
        until = yield from _duration(fields["until"], (*path, "until"))
    if last is not None and until is not None and until >= last:
        yield Fault((*path, "until"), "must be less than 'last'")
    if given_in(fields, "this"):
        yield from word(fields, "this", get_args(CalendarUnit), "part of the calendar", path)
        if given_in(fields, "last") or given_in(fields, "until"):
            yield Fault((*path, "this"), "a window is given by 'last' and 'until' or by 'this'")
        yield from _zone(fields, path)
    elif given_in(fields, "zone"):
        yield Fault((*path, "zone"), "'zone' is for windows of the calendar: give 'this'")


def _duration(value: object, path: Path) -> Finding[int]:
    found = duration_ms(value) if isinstance(value, str) else None
    if found is None:
        yield Fault(path, DURATION_WORDS)
    return found


def _zone(fields: Fields, path: Path) -> Faults:
    if given_in(fields, "zone"):
        yield from word(fields, "zone", time_zones(), "time zone", path)
