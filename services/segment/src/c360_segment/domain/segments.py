"""All segments of a catalog and of people, compiled once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from c360_kernel.accounts.seen import AccountView
from c360_kernel.catalog.model import Catalog, SegmentDefinition
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.catalog.saved_segments import past_kept, with_saved
from c360_kernel.catalog.segment_lists import is_list
from c360_kernel.objects.sights import Sights
from c360_kernel.record import TraitValue
from c360_kernel.visibility import Visibility

from c360_segment.domain.accounts import account_view
from c360_segment.domain.leaves import (
    Condition,
    EventPattern,
    patterns_of,
    timed_leaves,
)
from c360_segment.domain.parts import Parts
from c360_segment.domain.quick import Quick, quick_all
from c360_segment.domain.reading import read_condition
from c360_segment.domain.referred import Referred, referred_in, rules_of
from c360_segment.domain.saved import SavedSegment, definition_of, definitions_of
from c360_segment.domain.sights import sights_of
from c360_segment.domain.wording import canonical, canonical_text


@dataclass(frozen=True, slots=True)
class Segment:
    """A named group and the condition of belonging to it, which reads these coordinates.

    `definition` is the condition as the catalog says it, `saved` what people say of it where they
    made it, `sights` what is read of the objects that events refer to, `referred` of those that
    traits do, `accounts` of accounts.
    """

    name: str
    title: str
    description: str
    condition: Condition
    reads: frozenset[str]
    definition: Mapping[str, Any]
    saved: SavedSegment | None = None
    sights: Sights = field(default_factory=dict[str, Any])
    accounts: AccountView | None = None
    referred: Referred = ()

    @property
    def question(self) -> str:
        """What it asks of customers: the same for equal conditions, whatever they are called."""
        return canonical_text(self.condition)

    @property
    def is_list(self) -> bool:
        """Whether people put customers on it by hand."""
        return is_list(self.name, self.definition)

    @property
    def events(self) -> frozenset[str]:
        """The names of the events that it looks at."""
        counted = (pattern.event for pattern in patterns_of(self.condition))
        return self.events_over_time.union(counted)

    @property
    def events_over_time(self) -> frozenset[str]:
        """Those of them whose times it looks at."""
        leaves = timed_leaves(self.condition)
        return frozenset(one.event for leaf in leaves for one in leaf.over.happenings)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The segments by name, the parts of them that changes affect, the distinct counters that they
    have, by event, the events whose times they look at, and what they read of objects and accounts.

    `catalog` is the one that they are of, with what people saved. `recalled` are the names of what
    profiles tell whose past they ask for. `archived` are segments no longer. `told_of` are the
    coordinates that those of people tell of, sorted. `fingerprint` and `counting` name what the
    conditions and the patterns mean, so that a store can tell that it was filled under other
    definitions.
    """

    catalog: Catalog
    by_name: Mapping[str, Segment]
    parts: Parts
    counters: Mapping[str, Sequence[tuple[str, Quick]]]
    watched: frozenset[str]
    sights: Sights
    fingerprint: str
    counting: str
    told_of: Mapping[str, tuple[str, ...]]
    recalled: frozenset[str]
    archived: Mapping[str, Segment] = field(default_factory=dict[str, Segment])
    accounts: AccountView | None = None
    referred: Referred = ()

    def visible(self, visibility: Visibility) -> Mapping[str, Segment]:
        """Those that tell a caller nothing but what it may use; to it there are no others."""
        return {n: one for n, one in self.by_name.items() if one.reads <= visibility.used}

    def past(self, name: str, visibility: Visibility) -> Segment | None:
        """One that is archived, if it tells the caller nothing but what it may use."""
        found = self.archived.get(name)
        return found if found and found.reads <= visibility.used else None

    def counted(self, event: str, properties: Mapping[str, TraitValue]) -> list[str]:
        """Names of the counters that an event adds one to."""
        return [name for name, matches in self.counters.get(event, ()) if matches(properties)]


def beside_saved(of_catalog: Segments, saved: Sequence[SavedSegment]) -> Segments:
    """The segments of a catalog and, of what people saved, what the catalog allows."""
    base = of_catalog.catalog
    whole = with_saved(base, definitions_of(saved))
    newest = {one.name: one for one in saved if one.name not in base.segments}
    # They may be made of each other: a segment is archived after all that are made of it.
    past = {name: definition_of(one) for name, one in newest.items() if one.archived}
    beside = with_saved(whole, past).segments
    archived = {
        name: _segment(beside[name], whole, newest[name]) for name in past if name in beside
    }
    return replace(compile_segments(whole, newest), archived=archived)


def compile_segments(catalog: Catalog, saved: Mapping[str, SavedSegment] | None = None) -> Segments:
    """The segments of a loaded catalog, which may have some that people saved."""
    by_name = {
        definition.name: _segment(definition, catalog, (saved or {}).get(definition.name))
        for definition in catalog.segments.values()
    }
    patterns = _distinct_patterns(by_name)
    conditions: dict[str, object] = {n: canonical(one.condition) for n, one in by_name.items()}
    sights = sights_of([one.condition for one in by_name.values()], catalog)
    accounts = account_view([one.condition for one in by_name.values()], catalog)
    referred = referred_in([one.condition for one in by_name.values()], catalog)
    # Nothing is added where nobody looks at them: nobody has to be evaluated for it.
    rules = sights, accounts.rules if accounts else (), rules_of(referred)
    looked_at = [one for one in rules if one]
    return Segments(
        catalog=catalog,
        by_name=by_name,
        parts=Parts({name: one.condition for name, one in by_name.items()}),
        counters={
            event: [(p.name, quick_all(p.where)) for p in found]
            for event, found in patterns.items()
        },
        watched=frozenset[str]().union(*(one.events_over_time for one in by_name.values())),
        sights=sights,
        fingerprint=_hash([conditions, *looked_at] if looked_at else conditions),
        counting=_hash({event: [p.name for p in found] for event, found in patterns.items()}),
        told_of={n: tuple(sorted(one.reads)) for n, one in by_name.items() if one.saved},
        recalled=past_kept(catalog),
        accounts=accounts,
        referred=referred,
    )


def _segment(
    definition: SegmentDefinition, catalog: Catalog, saved: SavedSegment | None
) -> Segment:
    condition = read_condition(definition.condition, catalog)
    return Segment(
        name=definition.name,
        title=definition.title,
        description=definition.description,
        condition=condition,
        reads=coordinates_read(definition.condition, catalog),
        definition=definition.condition,
        saved=saved,
        sights=sights_of([condition], catalog),
        accounts=account_view([condition], catalog),
        referred=referred_in([condition], catalog),
    )


def _distinct_patterns(by_name: Mapping[str, Segment]) -> dict[str, tuple[EventPattern, ...]]:
    distinct = {
        pattern.name: pattern
        for segment in by_name.values()
        for pattern in patterns_of(segment.condition)
    }
    by_event: dict[str, tuple[EventPattern, ...]] = {}
    for name in sorted(distinct):
        pattern = distinct[name]
        by_event[pattern.event] = (*by_event.get(pattern.event, ()), pattern)
    return by_event


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
