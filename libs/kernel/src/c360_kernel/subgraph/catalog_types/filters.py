"""Filters on customers: typed tests per trait and fact, and `and`, `or`, `not` around them.

A filter is a condition of the one language (`c360_kernel.conditions`), so it means what the same
condition means in a segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from c360_kernel.catalog.model import Catalog, EventType, SegmentDefinition, TraitType
from c360_kernel.catalog.roll_ups import ACCOUNT_LINK
from c360_kernel.conditions.facts import SOURCES
from c360_kernel.conditions.operators import Wanted
from c360_kernel.conditions.tree import ValueCondition, ValueTest
from c360_kernel.subgraph.catalog_types.account_filters import (
    ACCOUNT,
    acting_filter,
    acting_tests,
)
from c360_kernel.subgraph.catalog_types.combined import combined_condition, combined_input
from c360_kernel.subgraph.catalog_types.consent_filters import (
    CONSENTS,
    consent_tests,
    consents_filter,
)
from c360_kernel.subgraph.catalog_types.count_filters import (
    EVENTS,
    count_tests,
    events_filter,
    stated_counts,
)
from c360_kernel.subgraph.catalog_types.descriptions import trait_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import (
    stated_tests,
    tests_of,
    wanted_of,
)
from c360_kernel.subgraph.catalog_types.identifier_filters import (
    IDENTIFIERS,
    Read,
    identifier_tests,
    identifiers_filter,
)
from c360_kernel.subgraph.catalog_types.object_filters import object_filters, object_tests
from c360_kernel.subgraph.catalog_types.operators import FILTER_TYPES, StringsFilter
from c360_kernel.subgraph.catalog_types.segment_filters import (
    SEGMENTS,
    filtered_segments,
    segment_conditions,
    segments_filter,
    stated_segments,
)
from c360_kernel.subgraph.catalog_types.tag_filters import TAGS, tag_tests, tags_filter

_FILTER = "Which customers: those who meet every test that is given, traits being the golden ones."

Say = Callable[[ValueTest], ValueCondition]
_SOURCES = TraitType("sources", "strings", "", "latest")
_FROM = "The sources that the records of a customer come from."
_TAGGED = "The tags that customers have: what `Customer.tags` says."
_CARRIED = "What the records of a customer carry, whoever else may carry it."
_COUNTED = "How often events happened: of those that `Customer.timeline` shows."
_IN_SEGMENTS = "Segments whose conditions test traits alone: who meets the condition now."
_ACTS = "For whom customers act now: what `Customer.accounts` says."
_CONSENTS = "What holds for purposes: what `Customer.consents` says of each."


def customer_filter(catalog: Catalog) -> type:
    """`CustomerFilter`: `and`, `or`, `not` and an optional test per trait, with its tag.

    `sources` tests where records come from, `consents` each purpose, `tags` each tag, `events` how
    often each event happened, `identifiers` each type that records carry, `segments` each segment
    that counts no events, `account` for whom they act, where there are any. What a trait refers to
    is tested beside it.
    """
    given: dict[str, tuple[Any, str | Sequence[str], str]] = {}
    given[_SOURCES.name] = (StringsFilter, "", _FROM)
    if catalog.purposes:
        given[CONSENTS] = (consents_filter(catalog), "", _CONSENTS)
    if catalog.tags:
        given[TAGS] = (tags_filter(catalog), "", _TAGGED)
    if catalog.events:
        given[EVENTS] = (events_filter(catalog), "", _COUNTED)
    if catalog.written_identifiers:
        given[IDENTIFIERS] = (identifiers_filter(catalog), "", _CARRIED)
    if filtered_segments(catalog):
        given[SEGMENTS] = (segments_filter(catalog), "", _IN_SEGMENTS)
    if catalog.accounts.kinds:
        given[ACCOUNT] = (acting_filter(catalog.accounts), ACCOUNT_LINK, _ACTS)
    for trait in catalog.profile_traits.values():
        given[trait.name] = (FILTER_TYPES[trait.type], trait.tags, trait_described(trait))
    given |= object_filters(catalog)
    return combined_input("CustomerFilter", given, _FILTER)


class Spelling(NamedTuple):
    """How what people write is asked for: a test of a trait, an identifier of a type, a test of an
    account; and the moment (ms UTC) that is the present.
    """

    trait: Say
    identifier: Read
    of_account: Say
    at: int = 0


def _as_it_is(test: ValueTest) -> ValueCondition:
    return test


def _alone(_type: str, text: str) -> Sequence[str]:
    return (text,)


AS_WRITTEN = Spelling(_as_it_is, _alone, _as_it_is)
"""Nothing is asked for in another spelling."""


def filter_condition(
    given: object, catalog: Catalog, say: Spelling = AS_WRITTEN
) -> ValueCondition | None:
    """The condition that a `CustomerFilter` states, None if it states none.

    Raises `FilterInvalid` for a null operand, for an empty filter inside `or` or `not`, and for
    text that is no Unicode.
    """
    return combined_condition(given, partial(_tests, catalog=catalog, say=say))


def _tests(given: object, catalog: Catalog, say: Spelling) -> Iterator[ValueCondition]:
    for name, trait in catalog.profile_traits.items():
        test = getattr(given, attribute(name))
        if test:
            yield from map(say.trait, tests_of(trait, test))
    yield from object_tests(given, catalog)
    if sources := getattr(given, _SOURCES.name):
        yield from stated_tests(SOURCES, _SOURCES.name, sources, _source)
    if catalog.purposes and (stated := getattr(given, CONSENTS)):
        yield from consent_tests(stated, catalog)
    if catalog.tags and (stated := getattr(given, TAGS)):
        yield from tag_tests(stated, catalog)
    if catalog.events and (stated := getattr(given, EVENTS)):
        yield from count_tests(stated, catalog)
    if catalog.written_identifiers and (stated := getattr(given, IDENTIFIERS)):
        yield from identifier_tests(stated, catalog, say.identifier)
    if filtered_segments(catalog) and (stated := getattr(given, SEGMENTS)):
        yield from segment_conditions(stated, catalog)
    if catalog.accounts.kinds and (stated := getattr(given, ACCOUNT)):
        yield from acting_tests(stated, catalog, say.of_account, say.at)


def _source(operand: object) -> Wanted:
    return wanted_of(operand, _SOURCES)


def segments_in(given: object, catalog: Catalog) -> Iterator[SegmentDefinition]:
    """The segments that a `CustomerFilter` names, in whatever depth."""
    for stated in _stated_under(given, SEGMENTS):
        yield from stated_segments(stated, catalog).values()


def events_in(given: object, catalog: Catalog) -> Iterator[tuple[EventType, Any]]:
    """The events that a `CustomerFilter` counts, in whatever depth, each with what it asks."""
    for stated in _stated_under(given, EVENTS):
        yield from stated_counts(stated, catalog)


def accounts_in(given: object) -> Iterator[Any]:
    """What a `CustomerFilter` asks of accounts, in whatever depth."""
    yield from _stated_under(given, ACCOUNT)


def _stated_under(given: object, field: str) -> Iterator[object]:
    """What a `CustomerFilter` and those within it say under one field."""
    if stated := getattr(given, field, None):
        yield stated
    nested = (getattr(given, attribute(name)) or () for name in ("and", "or"))
    parts = [part for several in nested for part in several]
    if negated := getattr(given, attribute("not")):
        parts.append(negated)
    for part in parts:
        yield from _stated_under(part, field)
