"""Reads `computed:`: traits that no source says, computed of a customer's events.

`{kind: sum, event: order_completed, property: amount, where: ..., last: 90 days, tag: financial}`,
`{kind: quintile, of: recency, event: order_completed, tag: behaviour}`.
Whoever may not see what a computed trait is made of does not see it either: its tags are its own
and those of all properties that it reads, and it is not `public` unless they all are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast, get_args

from c360_kernel.catalog import names
from c360_kernel.catalog.computed_traits import (
    CalendarUnit,
    ComputedKind,
    ComputedTrait,
    QuintileOf,
)
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.durations import DURATION_WORDS, UTC, duration_ms, time_zones
from c360_kernel.catalog.entry import Entry, checked_names, one_of
from c360_kernel.catalog.model import EventType, PropertyType
from c360_kernel.catalog.reads import named_by
from c360_kernel.catalog.segments import Vocabulary, checked_condition
from c360_kernel.conditions.checking import property_leaf, refused_leaf
from c360_kernel.nearest import did_you_mean
from c360_kernel.value_types import ValueType

KINDS: tuple[ComputedKind, ...] = get_args(ComputedKind)
MEASURES: tuple[QuintileOf, ...] = get_args(QuintileOf)
UNITS: tuple[CalendarUnit, ...] = get_args(CalendarUnit)
FIELDS = (
    "kind", "event", "property", "where", "last", "this", "zone", "tag", "title", "description",
)  # fmt: skip
_FIELDS = (*FIELDS, "of")
_MS_A_DAY = 86_400_000
_ORDERED: tuple[ValueType, ...] = ("int", "float", "date", "datetime")
_TEXTS: tuple[ValueType, ...] = ("string", "strings")
_NUMBERS: tuple[ValueType, ...] = ("int", "float")
_ANY: tuple[ValueType, ...] = get_args(ValueType)
_OF: Mapping[ComputedKind, tuple[ValueType, ...]] = {
    "sum": _NUMBERS,
    "average": _NUMBERS,
    "min": _ORDERED,
    "max": _ORDERED,
    "first": _ANY,
    "last": _ANY,
    "most_frequent": _TEXTS,
    "unique_list": _TEXTS,
    "unique_count": _ANY,
    "quintile": _NUMBERS,
}
"""By kind the types of property that it can look at."""
_WITHOUT: Mapping[ComputedKind, ValueType] = {
    "count": "int",
    "first": "datetime",
    "last": "datetime",
    "quintile": "int",
}
"""What kinds are that look at no property: how many events, and when one was."""
_RESULTS: Mapping[ComputedKind, ValueType] = {
    "count": "int",
    "average": "float",
    "most_frequent": "string",
    "unique_list": "strings",
    "unique_count": "int",
    "quintile": "int",
}
"""What kinds are whatever they look at; the others are what their property is."""

_NO_TRAIT = (
    "events are told apart by their properties, and by what is known of the objects that these"
    " refer to: a segment tests traits, and the objects that they refer to, beside a computed trait"
)
"""A customer has its traits whatever the event: of them an event filter would take all or none."""


def read_computed(
    section: Located, known: Vocabulary, tags: Collection[str]
) -> dict[str, ComputedTrait]:
    """`computed:`, each of whose names is no trait's."""
    entries = free_names(section, known.traits)
    return {
        name: computed_trait(name, Entry(at, _FIELDS), known, tags) for name, at in entries.items()
    }


def free_names(section: Located, traits: Collection[str]) -> dict[str, Located]:
    """The entries of a section of further traits: none may be called as one that is there."""
    entries = checked_names(
        section, names.CAMEL, "use lowerCamelCase", taken=names.TRAIT_NAMES_TAKEN
    )
    held = {names.constant(one): one for one in traits}
    free: dict[str, Located] = {}
    for name, at in entries.items():
        twin = held.get(names.constant(name))
        if twin is None:
            free[name] = at
        else:
            at.complain(f"'{name}' is the name of trait '{twin}' in GraphQL")
    return free


def refuse_looser(entry: Entry, tag: str, derived: Collection[str]) -> None:
    """Complain of a tag that shows to everybody what is made of something that is not public."""
    if tag == names.PUBLIC and derived:
        listed = ", ".join(f"'{one}'" for one in derived)
        entry.given["tag"].complain(f"'public' is looser than what it reads: {listed}")


def computed_trait(
    name: str,
    entry: Entry,
    known: Vocabulary,
    tags: Collection[str],
    more: Collection[str] = (),
    kinds: Collection[ComputedKind] = KINDS,
) -> ComputedTrait:
    """A trait that is computed of events; `more` are tags that it carries beside what it reads."""
    kind = cast("ComputedKind | None", entry.choice("kind", kinds, "kind"))
    of = _measure(entry, kind)
    events = tuple(_events(entry, known.events))
    shared = _shared([known.events[one] for one in events])
    # Of an event that is not known nobody can say what its properties are.
    looked_at = _property(entry, kind, of, shared) if events and kind else ""
    where = _where(entry, shared, known) if events else None
    tag, read = (
        entry.tag(tags),
        (*((looked_at,) if looked_at else ()), *named_by(where, "property")),
    )
    derived = tuple(sorted({*_tags_of(events, read, known), *more}))
    refuse_looser(entry, tag, derived)
    return ComputedTrait(
        name=name,
        kind=kind or "count",
        type=result_type(kind or "count", shared[looked_at].type if looked_at else None),
        tag=tag,
        events=events,
        looks_at=looked_at,
        where=where,
        last_ms=_last(entry, in_days=kind == "quintile"),
        this=_this(entry, in_days=kind == "quintile"),
        zone=_zone(entry),
        description=entry.text("description"),
        titles=entry.titles(),
        derived_tags=derived,
        of=of,
    )


def _measure(entry: Entry, kind: ComputedKind | None) -> QuintileOf | None:
    """What a quintile is of."""
    if kind == "quintile":
        return cast("QuintileOf | None", entry.choice("of", MEASURES, "measure of purchases"))
    if kind and entry.has("of"):
        entry.given["of"].complain("'of' is for quintiles: give 'kind: quintile'")
    return None


def _events(entry: Entry, known: Mapping[str, EventType]) -> Iterator[str]:
    """One event, or a list of them."""
    given = entry.required("event")
    if given is None:
        return
    items = given.items() if isinstance(given.plain(), list) else [given]
    if not items:
        given.complain("needs at least one event")
    found: set[str] = set()
    for item in items:
        name = one_of(item, known, "event")
        if name in found:
            item.complain(f"'{name}' is listed twice")
        elif name in known:
            found.add(cast(str, name))
    yield from sorted(found)


def _shared(events: Collection[EventType]) -> dict[str, PropertyType]:
    """The properties that all of these events have, each of one type."""
    shared: dict[str, PropertyType] = {}
    for number, event in enumerate(events):
        readable = event.readable
        if number == 0:
            shared = dict(readable)
        shared = {
            name: one
            for name, one in shared.items()
            if name in readable and readable[name].type == one.type
        }
    return shared


def _property(
    entry: Entry, kind: ComputedKind, of: QuintileOf | None, shared: Mapping[str, PropertyType]
) -> str:
    if not entry.has("property"):
        if kind not in _WITHOUT or of == "monetary":
            entry.at.complain(f"'property' is missing: of what the {of or kind} is")
        return ""
    given = entry.given["property"]
    if kind == "count":
        given.complain("'count' looks at no property; see 'unique_count'")
        return ""
    if of in ("recency", "frequency"):
        given.complain(f"'{of}' looks at no property; see 'monetary'")
        return ""
    name = one_of(given, shared, "property") or ""
    if name not in shared:
        return ""
    refuse_type(given, kind, shared[name].type)
    return name


def refuse_type(given: Located, kind: ComputedKind, type_: ValueType) -> None:
    """Complain of what a kind cannot look at."""
    if type_ not in _OF[kind]:
        given.complain(f"'{kind}' needs type {' or '.join(_OF[kind])}, not '{type_}'")


def result_type(kind: ComputedKind, looked_at: ValueType | None) -> ValueType:
    """What a kind comes to, of what it looks at (None: of no property)."""
    if looked_at is None:
        return _WITHOUT.get(kind, "string")
    return _RESULTS.get(kind, looked_at)


def _where(
    entry: Entry, shared: Mapping[str, PropertyType], known: Vocabulary
) -> Mapping[str, object] | None:
    if not entry.has("where"):
        return None
    leaves = {"property": property_leaf(shared), "trait": refused_leaf(_NO_TRAIT)}
    return checked_condition(entry.given["where"], leaves, known)


def _tags_of(events: Collection[str], read: Collection[str], known: Vocabulary) -> tuple[str, ...]:
    tags = (known.events[event].tags_of(name) for event in events for name in set(read))
    return tuple(sorted({tag for those in tags for tag in those} - {names.PUBLIC, ""}))


def _last(entry: Entry, *, in_days: bool) -> int | None:
    if not entry.has("last"):
        return None
    given = entry.given["last"]
    text = given.text()
    if text is None:
        return None
    length = duration_ms(text)
    if length is None:
        given.complain(DURATION_WORDS)
    elif in_days and length % _MS_A_DAY:
        given.complain("a quintile is of whole days (UTC): '365 days'")
    return length


def _this(entry: Entry, *, in_days: bool) -> CalendarUnit | None:
    if not entry.has("this"):
        return None
    if in_days:
        entry.given["this"].complain("a quintile is of all time, or of so many days: give 'last'")
        return None
    if entry.has("last"):
        entry.given["this"].complain("a window is given by 'last' or by 'this', not by both")
    return cast("CalendarUnit | None", one_of(entry.given["this"], UNITS, "part of the calendar"))


def _zone(entry: Entry) -> str:
    if not entry.has("zone"):
        return UTC
    given = entry.given["zone"]
    if not entry.has("this"):
        given.complain("'zone' is for windows of the calendar: give 'this'")
    name = given.text()
    if name is None or name in time_zones():
        return name or UTC
    given.complain(f"unknown time zone '{name}'{did_you_mean(name, time_zones())}")
    return UTC
