"""Worlds of events, records, answers, tags and ticks, to hold tags by rules against a batch.

What is expected reads the rules instant by instant: it shares with what is tested what was known of
a customer at a past time, and not how long ago a rule held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from c360_kernel.calendar_spans import calendar_span
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.payload import TagChange, TagValue
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms
from hypothesis import strategies as st

from c360_profile.domain.computed.batch import past_of
from c360_profile.domain.computed.givers import Giver
from c360_profile.domain.customer import (
    Customer,
    as_of,
    belonging,
    consents_of,
    sources_of,
    tags_of,
)
from c360_profile.domain.event import Event
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.query import Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.port import ProfileStore
from c360_profile.testing.computing import MINUTE, START, Maker, World, take, worlds_of
from c360_profile.testing.consumptions import CUSTOMERS, KEYS
from c360_profile.testing.entries import assigned, consented, tagged, tracked, upserted

TEXT = """
sources: {crm: {priority: 0}, web: {priority: 1}}
purposes: {marketing: {}}
traits:
  city: {type: string, tag: city}
  tier: {type: string, tag: public, choices: [silver, gold]}
events:
  order_completed: {properties: {amount: {type: float, tag: financial}}}
computed:
  spentEver: {kind: sum, event: order_completed, property: amount, tag: financial}
  ordersLately: {kind: count, event: order_completed, last: 30 minutes, tag: behaviour}
  ordersToday: {kind: count, event: order_completed, this: day, tag: behaviour}
lifecycle:
  stage:
    tag: behaviour
    stages:
      - {stage: active, when: {trait: ordersLately, op: at_least, value: 2}}
      - {stage: new, when: {trait: ordersLately, op: exists}}
tags:
  complaint: {type: flag, tag: behaviour}
  bigSpender:
    type: flag
    tag: financial
    rule: {when: {trait: spentEver, op: at_least, value: 10}, reason: Spent 10}
  busy:
    type: flag
    tag: behaviour
    rule: {when: {trait: ordersLately, op: at_least, value: 2}, reason: Orders, keeps: 20 minutes}
  careLevel:
    type: enum
    choices: [watch, call]
    tag: behaviour
    rule:
      when: {trait: stage, op: equals, value: active}
      value: call
      reason: Active
      keeps: 1 hour
  idle:
    type: flag
    tag: behaviour
    rule: {when: {trait: ordersLately, op: missing}, reason: Idle, keeps: 15 minutes}
  local:
    type: score
    tag: city
    rule:
      when:
        any: [{trait: city, op: equals, value: A}, {trait: ordersToday, op: at_least, value: 3}]
      value: 80
      reason: Lives there
      keeps: 2 hours
  reachable:
    type: flag
    tag: behaviour
    rule:
      when:
        all: [{consent: marketing, is: granted}, {source: crm}, {not: {tag: complaint}}]
      reason: May be asked
"""
CATALOG = parse_catalog(TEXT, "ruling")
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)
HANDLER = ProfileHandler(RULES)
take_ruled = partial(take, handler=HANDLER)
"""Handle entries and ticks by this catalog."""
Tags = Mapping[str, Mapping[str, TagValue]]


_moments = st.integers(0, 40).map(lambda n: START + n * 5 * MINUTE)
_keys = st.sampled_from(KEYS)
_placed: list[Maker] = [
    lambda at, key=key, name=name: assigned(key, name, at=at)
    for key, name in zip(KEYS, ("c1", "c1", "c2", "c2"), strict=True)
]


def ruled_worlds() -> st.SearchStrategy[World]:
    """Worlds of people who are known, of whom most buys are of a few hours."""
    made = st.one_of(_orders(), _orders(), _orders(), _said(), _said(), _moves(), _marks())
    return worlds_of(st.lists(made, max_size=25).map(lambda some: [*_placed, *some]), _moments)


def _orders() -> st.SearchStrategy[Maker]:
    return st.builds(
        lambda key, message, occurred, amount: (
            lambda at: tracked(
                key, message, at=at, occurred_at=occurred, properties={"amount": amount}
            )
        ),
        _keys,
        st.sampled_from([f"m{number}" for number in range(9)]),
        st.none() | _moments,
        st.sampled_from([1.0, 6.0, -4.0]),
    )


def _said() -> st.SearchStrategy[Maker]:
    return st.builds(
        lambda key, number, city, observed, deleted: (
            lambda at: upserted(
                key,
                {} if city is None else {"city": city},
                at=at,
                revision=number,
                observed_at=observed,
                deleted=deleted,
            )
        ),
        _keys,
        st.integers(1, 4),
        st.sampled_from([None, "A", "A", "B"]),
        st.none() | _moments,
        st.sampled_from([False, False, False, True]),
    )


def _moves() -> st.SearchStrategy[Maker]:
    return st.builds(
        lambda key, name, counter, left: (
            lambda at: assigned(key, name, at=at, counter=counter, left=left)
        ),
        _keys,
        st.sampled_from([*CUSTOMERS[:2], ""]),
        st.integers(1, 4),
        st.sampled_from(["", *CUSTOMERS[:2]]),
    )


def _marks() -> st.SearchStrategy[Maker]:
    answers = st.builds(
        lambda key, status: lambda at: consented(key, "marketing", status, at=at),
        _keys,
        st.sampled_from(["granted", "granted", "withdrawn"]),
    )
    tags = st.builds(
        lambda key, change: lambda at: tagged(key, change, at=at),
        _keys,
        st.sampled_from(
            [
                TagChange("complaint", True),
                TagChange("complaint", None),
                TagChange("busy", True),
                TagChange("busy", None),
                TagChange("careLevel", "watch"),
            ]
        ),
    )
    return st.one_of(answers, tags)


async def held_tags(store: ProfileStore) -> Tags:
    """The tags of live customers, as they are kept."""
    found = await store.customers(CUSTOMERS)
    return {name: dict(one.tags) for name, one in found.items() if not one.ended}


async def expected_tags(store: ProfileStore) -> Tags:
    """The same, as the rules say it."""
    customers, linked = await store.customers(CUSTOMERS), await store.linked(CUSTOMERS)
    timelines, tick = await store.timeline(CUSTOMERS, Window()), await store.present()
    found: dict[str, Mapping[str, TagValue]] = {}
    for name, one in customers.items():
        if not one.ended:
            own = belonging(name, linked.get(name, ()))
            archive = await store.revisions([record.key for record in own])
            found[name] = _Somebody(one, own, archive, timelines.get(name, ()), tick).tags
    return found


class _Somebody:
    """All that is known of a customer, and what rules say of it, instant by instant."""

    def __init__(
        self,
        customer: Customer,
        own: Sequence[SourceRecord],
        archive: Mapping[RecordKey, Sequence[Revision]],
        events: Sequence[Event],
        tick: int,
    ) -> None:
        self.customer, self.own, self.archive, self.events = customer, own, archive, events
        stamps = [stamp_ms(one.stamp) for one in (*own, *events) if one.stamp]
        self.present = max((tick, *stamps))
        history = [r for one in own for r in one.history(archive.get(one.key, ()))]
        self.observed = [one.observed_at for one in history]

    @property
    def tags(self) -> Mapping[str, TagValue]:
        said = tags_of(self.own)
        stated = (consents_of(self.own), sources_of(self.own), said)
        now = replace(self.customer, consents=stated[0], sources=stated[1], tags=said).known
        ruled = {
            one.tag: one.rule.value
            for one in RULES.givers
            if one.condition.holds(now) or any(map(partial(self._held, one), self._instants(one)))
        }
        return {**ruled, **said}

    def _held(self, giver: Giver, instant: int) -> bool:
        return giver.condition.holds(self._known(instant))

    def _known(self, instant: int) -> Mapping[str, TraitValue]:
        golden = RULES.traits(as_of(instant, self.own, self.archive))
        return RULES.computed.completed(golden, past_of(RULES.computed, self.events, instant))

    def _instants(self, giver: Giver) -> Iterable[int]:
        """When the rule may have held not longer ago than it keeps, from the first sign on."""
        if giver.rule.keeps_ms is None:
            return []
        signs = [*self.observed, *(one.occurred_at for one in self.events)]
        since = max(self.present - giver.rule.keeps_ms, min(signs, default=self.present + 1))
        tried = {since, self.present, *self._edges()}
        return [one for one in tried if since <= one <= self.present]

    def _edges(self) -> Iterator[int]:
        for at in self.observed:
            yield from (at - 1, at)
        for one in self.events:
            at = one.occurred_at
            midnight = calendar_span("day", "UTC", at).until or at
            for edge in (at, at + 30 * MINUTE, midnight):
                yield from (edge - 1, edge)
