"""Reads `computed:` and `events:` of `accounts:`: traits of accounts that are rolled up from below.

`{kind: sum, event: order, property: amount, subtree: true, tag: financial}` of events, written as
computed traits of persons are; `{over: members, kind: max, trait: spent, tag: financial}` of
members. What an account comes to tells who belongs to it, and so carries that tag, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import cast

from c360_kernel.catalog import names
from c360_kernel.catalog.computed import (
    FIELDS,
    KINDS,
    computed_trait,
    free_names,
    refuse_looser,
    refuse_type,
    result_type,
)
from c360_kernel.catalog.computed_traits import ComputedKind, ComputedTrait, RollUp, StatedAccount
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, one_of
from c360_kernel.catalog.model import EventType
from c360_kernel.catalog.reads import named_by
from c360_kernel.catalog.segments import Vocabulary, checked_condition, own_trait_leaf

ACCOUNT_LINK = "account_link"
"""The tag of who belongs to which account, and as what."""
_OVER = ("events", "members")
_OF_EVENTS = ("over", "subtree", "live", *FIELDS)
_OF_MEMBERS = ("over", "subtree", "live", "kind", "trait", "where", "tag", "title", "description")
_EVENT_KINDS: tuple[ComputedKind, ...] = tuple(one for one in KINDS if one != "quintile")
"""A quintile ranks buyers among each other: no model is fitted to accounts."""
_MEMBER_KINDS: tuple[ComputedKind, ...] = tuple(
    one for one in _EVENT_KINDS if one not in ("first", "last")
)
"""Who is a member is so now: none comes before another."""

Stated = Mapping[str, StatedAccount]


def read_stated(
    section: Located, events: Mapping[str, EventType], identifiers: Collection[str]
) -> dict[str, StatedAccount]:
    """`events:`, by name: the property that says for which account such an event counts."""
    found: dict[str, StatedAccount] = {}
    for name, at in section.fields().items():
        if name not in events:
            at.complain(f"unknown event '{name}'")
            continue
        entry = Entry(at, ("property", "identifier"))
        given = entry.required("property")
        texts = [one.name for one in events[name].properties.values() if one.type == "string"]
        property_ = (one_of(given, texts, "text property") if given else None) or ""
        by = entry.given["identifier"] if entry.has("identifier") else None
        type_ = one_of(by, identifiers, "identifier of accounts") if by else None
        found[name] = StatedAccount(name, property_, type_ or "")
    return found


def read_roll_ups(
    section: Located,
    known: Vocabulary,
    tags: Collection[str],
    stated: Stated,
    traits: Collection[str],
) -> dict[str, RollUp]:
    """`computed:`, by name: none is that of a trait of accounts, which are filtered by both."""
    entries = free_names(section, traits)
    # What is known of objects stays with the customers whose events refer to them.
    events = {name: replace(one, referred={}) for name, one in known.events.items()}
    plain = replace(known, events=events)
    return {name: _roll_up(name, at, plain, tags, stated) for name, at in entries.items()}


def _roll_up(
    name: str, at: Located, known: Vocabulary, tags: Collection[str], stated: Stated
) -> RollUp:
    over = at.fields().get("over")
    if over is not None and over.plain() == "members":
        entry = Entry(at, _OF_MEMBERS)
        return RollUp(_of_members(name, entry, known, tags), *_how(entry))
    entry = Entry(at, _OF_EVENTS)
    if over is not None:
        one_of(over, _OVER, "what it is computed over")
    read = computed_trait(name, entry, known, tags, (ACCOUNT_LINK,), _EVENT_KINDS)
    more = {tag for event in read.events for tag in _tags_of_stated(event, known, stated)}
    derived = tuple(sorted({*read.derived_tags, *more}))
    return RollUp(replace(read, derived_tags=derived), *_how(entry))


def _how(entry: Entry) -> tuple[bool, bool]:
    """Whether it is of the subtree, and whether it is live."""
    return entry.boolean("subtree", default=False), entry.boolean("live", default=False)


def _tags_of_stated(event: str, known: Vocabulary, stated: Stated) -> Iterator[str]:
    """For which account an event counts tells what it says of it."""
    by = stated.get(event)
    if by is not None and by.property:
        yield from set(known.events[event].tags_of(by.property)) - {names.PUBLIC}


def _of_members(name: str, entry: Entry, known: Vocabulary, tags: Collection[str]) -> ComputedTrait:
    kind = cast("ComputedKind | None", entry.choice("kind", _MEMBER_KINDS, "kind")) or "count"
    looked_at = _trait(entry, kind, known)
    where = (
        checked_condition(entry.given["where"], {"trait": own_trait_leaf(known)}, known)
        if entry.has("where")
        else None
    )
    read = {*((looked_at,) if looked_at else ()), *named_by(where, "trait")}
    derived = {ACCOUNT_LINK, *(tag for one in read for tag in known.traits[one].tags)}
    derived -= {names.PUBLIC, ""}
    tag = entry.tag(tags)
    refuse_looser(entry, tag, sorted(derived))
    return ComputedTrait(
        name=name,
        kind=kind,
        type=result_type(kind, known.traits[looked_at].type if looked_at else None),
        tag=tag,
        events=(),
        looks_at=looked_at,
        where=where,
        description=entry.text("description"),
        titles=entry.titles(),
        derived_tags=tuple(sorted(derived)),
    )


def _trait(entry: Entry, kind: ComputedKind, known: Vocabulary) -> str:
    if not entry.has("trait"):
        if kind != "count":
            entry.at.complain(f"'trait' is missing: of what the {kind} is")
        return ""
    given = entry.given["trait"]
    if kind == "count":
        given.complain("'count' looks at no trait; see 'unique_count'")
        return ""
    name = one_of(given, known.traits, "trait") or ""
    if name not in known.traits:
        return ""
    refuse_type(given, kind, known.traits[name].type)
    return name
