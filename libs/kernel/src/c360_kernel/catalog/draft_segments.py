"""Conditions of segments that callers send: checked against what these may filter by.

To a caller there is nothing else: what it may not use is as unknown as what is not there, so that
no message tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple, cast

from c360_kernel.catalog.model import Catalog, EventType
from c360_kernel.catalog.names import object_types, pascal
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.catalog.saved_segments import past_kept
from c360_kernel.catalog.segment_lists import lists_among
from c360_kernel.catalog.segments import Vocabulary, canonical, segment_faults, whole_condition
from c360_kernel.errors import Invalid
from c360_kernel.visibility import (
    ACCOUNT_FILTER,
    ACCOUNTS,
    CONSENTS,
    FILTER,
    LINK_KIND,
    LINK_ROLE,
    PROFILE,
    SOURCES,
    TAGS,
    TIMELINE,
    Visibility,
    account_trait_shown,
    roll_up_shown,
    tag_shown,
)

_LONGEST = 50_000
_DEEPEST = 40
_MOST_FAULTS = 5


class ConditionInvalid(Invalid):
    """A condition that is none, or that reads what its author may not filter by."""

    code = "SEGMENT_CONDITION_INVALID"


class Draft(NamedTuple):
    """A condition as its author `wrote` it, and with those of the segments that it names in their
    place."""

    wrote: Mapping[str, Any]
    whole: Mapping[str, Any]


def read_draft(text: str, catalog: Catalog, visibility: Visibility, name: str = "") -> Draft:
    """The condition in a JSON text, in its one form. Raises `ConditionInvalid`.

    Of a segment that is to have a `name` it may be the list of that name.
    The message has one part per fault: `all[0].trait: unknown trait 'citi', did you mean 'city'?`.
    """
    given = _parsed(text)
    segments = {
        held: one.condition
        for held, one in catalog.segments.items()
        if coordinates_read(one.condition, catalog) <= visibility.used
    }
    own = {name: given} if name else {}
    lists = frozenset(lists_among({**segments, **own}))
    known = replace(_usable(catalog, visibility), lists=lists)
    found = list(islice(segment_faults(given, known, segments), _MOST_FAULTS))
    if found:
        faults = (f"{one.place}: {one.message}" if one.path else one.message for one in found)
        raise ConditionInvalid("; ".join(faults))
    wrote = cast("Mapping[str, Any]", canonical(given, known))
    whole, complaint = whole_condition(wrote, segments, known.past)
    if complaint:
        raise ConditionInvalid(complaint)
    denied = sorted(coordinates_read(whole, catalog) - visibility.used)
    if denied:
        raise ConditionInvalid(f"it reads {', '.join(denied)}, which you may not filter by")
    return Draft(wrote, whole)


def _parsed(text: str) -> object:
    if len(text) > _LONGEST:
        raise ConditionInvalid(f"a condition has at most {_LONGEST:,} characters")
    try:
        given: object = json.loads(text, parse_constant=_no_number)
        # Half of a character is text in JSON, and nowhere else.
        json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ConditionInvalid("a condition is an object of JSON") from error
    _refuse_deep(given, _DEEPEST)
    return given


def _no_number(name: str) -> object:
    raise ValueError(name)


def _refuse_deep(value: object, left: int) -> None:
    if not left:
        raise ConditionInvalid(f"a condition is at most {_DEEPEST} deep")
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    for one in cast("list[object]", value) if isinstance(value, list) else ():
        _refuse_deep(one, left - 1)


def _usable(catalog: Catalog, visibility: Visibility) -> Vocabulary:
    """What the caller may filter by."""
    used = visibility.used
    traits = {
        name: trait
        for name, trait in catalog.profile_traits.items()
        if {f"{PROFILE}.{name}", f"{FILTER}.{name}"} <= used
    }
    traits |= {
        name: one.as_trait
        for name, one in catalog.referred_traits.items()
        if one.by.name in traits
        and used.issuperset(f"{type_}.{one.seen.name}" for type_ in object_types(one.by.refers))
    }
    events = {
        name: _usable_event(event, visibility)
        for name, event in catalog.events.items()
        if {TIMELINE, f"{pascal(name)}.name"} <= used
    }
    purposes = catalog.purposes if used.issuperset(CONSENTS) else {}
    tags = {
        name: tag for name, tag in catalog.tags.items() if used.issuperset((*TAGS, tag_shown(name)))
    }
    kinds = catalog.accounts.kinds if used.issuperset((ACCOUNTS, LINK_KIND)) else {}
    roles = catalog.accounts.roles if LINK_ROLE in used else {}
    shown_by = (f"{pascal(event)}.source" for event in events)
    is_shown = used.issuperset(SOURCES) or not used.isdisjoint(shown_by)
    sources = catalog.sources if is_shown else {}
    asked = {
        name
        for name in catalog.accounts.computed
        if used.issuperset((*roll_up_shown(name), f"{ACCOUNT_FILTER}.{name}"))
    }
    of_accounts = {
        name: trait
        for name, trait in catalog.accounts.tested.items()
        if name in asked
        or used.issuperset((*account_trait_shown(name), f"{ACCOUNT_FILTER}.{name}"))
    }
    facts = purposes, tags, (), kinds, roles, of_accounts
    past = past_kept(catalog)
    return Vocabulary(traits, events, sources, *facts, past=past, asked_of_accounts=asked)


def _usable_event(event: EventType, visibility: Visibility) -> EventType:
    used, type_name = visibility.used, pascal(event.name)
    properties = {n: one for n, one in event.properties.items() if f"{type_name}.{n}" in used}
    referred = {
        n: one
        for n, one in event.referred.items()
        if one.by.name in properties and f"{pascal(one.by.refers)}.{one.seen.name}" in used
    }
    return replace(event, properties=properties, referred=referred)
