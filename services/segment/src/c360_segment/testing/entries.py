"""Entries of the three topics, and histories of them that Hypothesis draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import (
    ACCOUNT_IDENTITIES,
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    OBJECTS,
    PROFILES,
    SEGMENTS,
)
from c360_kernel.payload import (
    AccountAssigned,
    AccountLinked,
    AccountUpserted,
    EventTracked,
    ObjectUpserted,
    ProfileChanged,
    RecordAssigned,
    SegmentSaved,
    TagValue,
)
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from hypothesis import strategies as st

from c360_segment.domain.state import EventName, ProfileState, SeenEvent


def stamp_of(number: int) -> str:
    """The stamp whose milliseconds are this number."""
    return f"{number:012x}{0:04x}{'0' * 12}"


def event_entry(
    record: str,
    message_id: str,
    name: str,
    stamp: int,
    properties: Mapping[str, TraitValue] | None = None,
) -> Entry:
    """An event of a record written `source/key`."""
    subject = RecordKey.parse(record)
    payload = EventTracked(subject, message_id, name, stamp, (), properties or {})
    entry = new_entry(EVENTS, record, payload, stamp_of(stamp))
    return entry_at(entry, Partition(EVENTS, 0), stamp)


def timed_event_entry(
    record: str,
    message_id: str,
    name: str,
    stamp: int,
    at: int,
    properties: Mapping[str, TraitValue] | None = None,
) -> Entry:
    """An event that is said to have happened at another moment than it was received."""
    subject = RecordKey.parse(record)
    payload = EventTracked(subject, message_id, name, at, (), properties or {})
    return entry_at(new_entry(EVENTS, record, payload, stamp_of(stamp)), Partition(EVENTS, 0), 0)


def assigned_entry(record: str, customer: str, counter: int, left: str = "") -> Entry:
    """An assignment of a record under version (0, counter)."""
    payload = RecordAssigned(RecordKey.parse(record), customer, Version(0, counter), left)
    entry = new_entry(IDENTITIES, record, payload, stamp_of(counter))
    return entry_at(entry, Partition(IDENTITIES, 0), counter)


def linked_entry(linked: AccountLinked, stamp: int) -> Entry:
    """What a source says of a link."""
    entry = new_entry(LINKS, str(linked.link), linked, stamp_of(stamp))
    return entry_at(entry, Partition(LINKS, 0), stamp)


def account_entry(
    record: str, account: str, counter: int, comes_to: Mapping[str, TraitValue] | None = None
) -> Entry:
    """Of which account a record written `source/key` is, under version (0, counter), and what that
    comes to."""
    told = account, Version(0, counter), comes_to or {}
    payload = AccountAssigned(RecordKey.parse(record), *told)
    entry = new_entry(ACCOUNT_IDENTITIES, record, payload, stamp_of(counter))
    return entry_at(entry, Partition(ACCOUNT_IDENTITIES, 0), counter)


def account_said_entry(said: AccountUpserted, stamp: int) -> Entry:
    """What a source says of an account's record."""
    entry = new_entry(ACCOUNTS, str(said.record), said, stamp_of(stamp))
    return entry_at(entry, Partition(ACCOUNTS, 0), stamp)


def saved_entry(
    name: str, version: int, condition: str, stamp: int, *, archived: bool = False
) -> Entry:
    """A version of a segment that "ann" made."""
    said = ("", "", condition, "", "ann")
    payload = SegmentSaved(name, version, *said, archived=archived)
    return entry_at(new_entry(SEGMENTS, name, payload, stamp_of(stamp)), Partition(SEGMENTS, 0), 0)


def object_entry(
    type_: str,
    key: str,
    properties: Mapping[str, TraitValue] | None,
    stamp: int,
    observed_at: int,
) -> Entry:
    """What "crm" says of an object; None: that it is deleted."""
    record, is_gone = RecordKey("crm", key), properties is None
    payload = ObjectUpserted(record, type_, observed_at, is_gone, properties or {})
    entry = new_entry(OBJECTS, f"{type_}/{key}", payload, stamp_of(stamp))
    return entry_at(entry, Partition(OBJECTS, 0), stamp)


class Said(NamedTuple):
    """What is known of a customer beside its traits."""

    consents: Mapping[str, str] = {}
    sources: tuple[str, ...] = ()
    tags: Mapping[str, TagValue] = {}


_NOTHING_SAID = Said()


def profile_entry(
    customer: str,
    counter: int,
    traits: Mapping[str, TraitValue],
    said: Said = _NOTHING_SAID,
    stamp: int | None = None,
) -> Entry:
    """A golden profile under version (0, counter), which is its stamp, too, unless told."""
    payload = ProfileChanged(
        customer,
        Version(0, counter),
        traits,
        consents=said.consents,
        sources=said.sources,
        tags=said.tags,
    )
    at = counter if stamp is None else stamp
    entry = new_entry(PROFILES, customer, payload, stamp_of(at))
    return entry_at(entry, Partition(PROFILES, 0), counter)


def ended_entry(
    customer: str, counter: int, successor: str = "", stamp: int | None = None
) -> Entry:
    """The end of a customer under version (0, counter)."""
    payload = ProfileChanged(customer, Version(0, counter), {}, ended=True, successor=successor)
    at = counter if stamp is None else stamp
    entry = new_entry(PROFILES, customer, payload, stamp_of(at))
    return entry_at(entry, Partition(PROFILES, 0), counter)


@dataclass(slots=True)
class History:
    """Entries, and beside them what a reader of the rules would say has won."""

    entries: list[Entry] = field(default_factory=list[Entry])
    events: dict[EventName, SeenEvent] = field(default_factory=dict[EventName, SeenEvent])
    customers: dict[RecordKey, str] = field(default_factory=dict[RecordKey, str])
    profiles: dict[str, ProfileState] = field(default_factory=dict[str, ProfileState])


_RECORDS = ("crm/a", "crm/b", "web/a", "web/b")
_CUSTOMERS = ("c1", "c2", "c3")
_TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.sampled_from(["bronze", "silver", "gold"]),
        "points": st.integers(0, 30),
        "city": st.sampled_from(["Paris", "Porto", "上海"]),
        "labels": st.lists(st.sampled_from(["vip", "staff"]), unique=True).map(tuple),
    },
)
_SAID = st.builds(
    Said,
    st.fixed_dictionaries({}, optional={"marketing": st.sampled_from(["granted", "denied"])}),
    st.lists(st.sampled_from(["crm", "web"]), unique=True).map(lambda some: tuple(sorted(some))),
    st.fixed_dictionaries(
        {},
        optional={
            "complaint": st.just(True),
            "risk": st.sampled_from([10, 80]),
            "list:guests": st.just(True),
        },
    ),
)
_PROPERTIES = st.fixed_dictionaries({}, optional={"amount": st.sampled_from([1.0, 5.0, 20.0])})


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Events with repeated message ids, assignments that move and come back, profiles that end."""
    history = History()
    for stamp in range(1, draw(st.integers(0, 14)) + 1):
        _draw_event(draw, history, stamp)
    for record in _RECORDS:
        for counter in range(draw(st.integers(0, 3))):
            customer = draw(st.sampled_from(("", *_CUSTOMERS)))
            history.entries.append(assigned_entry(record, customer, counter))
            history.customers[RecordKey.parse(record)] = customer
    for customer in _CUSTOMERS:
        for counter in range(draw(st.integers(0, 3))):
            _draw_profile(draw, history, customer, counter)
    return history


def _draw_event(draw: st.DrawFn, history: History, stamp: int) -> None:
    record = draw(st.sampled_from(_RECORDS))
    message_id = draw(st.sampled_from("12345"))
    name = draw(st.sampled_from(["bought", "looked"]))
    properties = draw(_PROPERTIES)
    history.entries.append(event_entry(record, message_id, name, stamp, properties))
    key = RecordKey.parse(record)
    # Stamps grow as they are drawn, so the first of a name is the smallest.
    history.events.setdefault(
        EventName(key.source, message_id), SeenEvent(stamp_of(stamp), key, name, stamp, properties)
    )


def _draw_profile(draw: st.DrawFn, history: History, customer: str, counter: int) -> None:
    live = draw(st.booleans())
    if not live:
        history.entries.append(ended_entry(customer, counter))
        history.profiles[customer] = ProfileState(Version(0, counter), live, {})
        return
    traits, said = draw(_TRAITS), draw(_SAID)
    history.entries.append(profile_entry(customer, counter, traits, said))
    facts = {
        **{f"consent:{purpose}": state for purpose, state in said.consents.items()},
        **{f"tag:{tag}": value for tag, value in said.tags.items()},
        "sources:": said.sources,
    }
    history.profiles[customer] = ProfileState(Version(0, counter), live, {**traits, **facts})
