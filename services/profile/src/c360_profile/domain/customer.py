"""Customers as this service keeps them: golden traits, or an end with a successor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import NamedTuple

from c360_kernel.conditions.facts import with_facts
from c360_kernel.fitted_traits import MOST_TRAIT_BYTES, fitted
from c360_kernel.payload import ProfileChanged, TagValue
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.stamp import stamp_ms
from c360_kernel.value_object import value_object
from c360_kernel.version import Version

from c360_profile.domain.consent import most_restrictive
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision, Said, known_at
from c360_profile.domain.tagging import held_by

_NO_TRAITS: Mapping[str, TraitValue] = {}
_NO_CONSENTS: Mapping[str, str] = {}
_NO_TAGS: Mapping[str, TagValue] = {}
_FEW_FACTS = 50
_FACT_BYTES = 32
"""What a fact takes beside its texts, at most."""


class State(NamedTuple):
    """What a customer is in one of its states."""

    traits: Mapping[str, TraitValue] = _NO_TRAITS
    ended: bool = False
    successor: str = ""
    left_out: tuple[str, ...] = ()
    consents: Mapping[str, str] = _NO_CONSENTS
    sources: tuple[str, ...] = ()
    tags: Mapping[str, TagValue] = _NO_TAGS


@value_object
class Customer:
    """A customer's golden traits, consents, tags and where it is known from, or its end.

    `counter` counts the states it was in, each told on the log, 0 for none yet. It only grows,
    also when the customer ends and comes back; stores compare it on saving. `left_out` names the
    traits that it would have, were they not too large to be told.
    """

    id: str
    counter: int = 0
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NO_TRAITS)
    ended: bool = False
    successor: str = ""
    left_out: tuple[str, ...] = ()
    consents: Mapping[str, str] = field(default_factory=lambda: _NO_CONSENTS)
    sources: tuple[str, ...] = ()
    tags: Mapping[str, TagValue] = field(default_factory=lambda: _NO_TAGS)

    def published(self, epoch: int) -> ProfileChanged:
        """What the log is to say about the customer as it is."""
        return ProfileChanged(self.id, Version(epoch, self.counter), *self.state)

    @property
    def state(self) -> State:
        """What it is, whatever came before."""
        return State(
            self.traits,
            self.ended,
            self.successor,
            self.left_out,
            self.consents,
            self.sources,
            self.tags,
        )

    @property
    def known(self) -> Mapping[str, TraitValue]:
        """What conditions are held against: its golden traits, and facts under names of theirs."""
        return with_facts(self.traits, self.consents, self.sources, self.tags)

    def restated(self, payload: ProfileChanged) -> Customer:
        """The customer in the state a payload tells, as a new state."""
        state = State(
            payload.traits,
            payload.ended,
            payload.successor,
            payload.left_out,
            payload.consents,
            payload.sources,
            payload.tags,
        )
        return Customer(self.id, self.counter + 1, *state)


class Facts(NamedTuple):
    """What is known of a customer beside its traits; `tags` are those that people say."""

    consents: Mapping[str, str]
    sources: tuple[str, ...]
    tags: Mapping[str, TagValue]

    @property
    def bytes(self) -> int:
        """What they add to what is told, beyond the little that is allowed for anyway."""
        if len(self.consents) + len(self.sources) + len(self.tags) <= _FEW_FACTS:
            return 0
        texts = "".join((*chain(*self.consents.items()), *self.sources, *self.tags))
        words = "".join(one for one in self.tags.values() if isinstance(one, str))
        number = len(self.consents) + len(self.sources) + len(self.tags)
        return len((texts + words).encode()) + _FACT_BYTES * number


class Folded(NamedTuple):
    """What records and events of a live customer come to, before rules give it tags."""

    traits: Mapping[str, TraitValue]
    facts: Facts

    @property
    def known(self) -> Mapping[str, TraitValue]:
        """What rules are held against."""
        return with_facts(self.traits, *self.facts)


def folded(
    customer: str,
    linked: Sequence[SourceRecord],
    rules: GoldenRules,
    computed: Mapping[str, TraitValue] = _NO_TRAITS,
) -> Folded | None:
    """A customer as its records say now; None of one that has none.

    `linked` are all records that belong or ever belonged to it, `computed` its computed traits.
    """
    own = belonging(customer, linked)
    if not own:
        return None
    traits = rules.computed.completed(rules.traits(latest(own)), computed)
    return Folded(traits, Facts(consents_of(own), sources_of(own), tags_of(own)))


def consents_of(own: Iterable[SourceRecord]) -> Mapping[str, str]:
    """The status of each purpose that a customer's own records answer."""
    answering_ones = [one for one in own if one.answers]
    if not answering_ones:
        return _NO_CONSENTS
    held = most_restrictive((one.key, one.consents.values()) for one in answering_ones)
    return {one.consent.purpose: one.consent.status for one in held}


def sources_of(own: Iterable[SourceRecord]) -> tuple[str, ...]:
    """The sources that a customer's own records come from, in order."""
    return tuple(sorted({one.key.source for one in own}))


def tags_of(own: Iterable[SourceRecord]) -> Mapping[str, TagValue]:
    """The values of the tags that any of a customer's own records has."""
    tagged = [one for one in own if one.tags]
    if not tagged:
        return _NO_TAGS
    held = held_by((one.key, one.active_tags) for one in tagged)
    values = ((tag, one.tagging.value) for tag, one in held.items())
    return {tag: value for tag, value in values if value is not None}


def refolded(customer: Customer, now: Folded, ruled: Mapping[str, TagValue] = _NO_TAGS) -> Customer:
    """The live customer as it is folded now: itself if nothing of it changed, else its next state.

    `ruled` are the tags that rules give it; what people say of one is told in place of that. Of
    what is too large to be told the largest traits are left out.
    """
    said = now.facts.tags
    tags = dict(sorted({**ruled, **said}.items())) if ruled else said
    facts = now.facts._replace(tags=tags)
    traits, left_out = fitted(now.traits, MOST_TRAIT_BYTES - facts.bytes)
    return _next(customer, State(traits, False, "", left_out, *facts))


def ended(customer: Customer, linked: Iterable[SourceRecord]) -> Customer:
    """The customer that has no records any more.

    One without records has ended even if it was never told of, so that which customers ended does
    not depend on how entries were cut into batches.
    """
    return _next(customer, State(ended=True, successor=_successor(linked)))


def _next(customer: Customer, state: State) -> Customer:
    is_same = state == customer.state and _are_of_one_type(state.traits, customer.traits)
    is_same = is_same and _are_of_one_type(state.tags, customer.tags)
    if customer.counter and is_same:
        return customer
    return Customer(customer.id, customer.counter + 1, *state)


def _are_of_one_type(one: Mapping[str, TraitValue], other: Mapping[str, TraitValue]) -> bool:
    """Whether equal traits are of equal types: 40 and 40.0 are after the catalog has changed."""
    return all(type(value) is type(other[name]) for name, value in one.items())


def updated_at(customer: str, linked: Iterable[SourceRecord]) -> int | None:
    """When its records last said something that counts: ms UTC by the collector's clock.

    A deletion counts for every customer that the record ever belonged to. None of a customer of
    whose records nothing was said.
    """
    stamps = [record.stamp for record in linked if _counts_for(record, customer) and record.stamp]
    return stamp_ms(max(stamps)) if stamps else None


def _counts_for(record: SourceRecord, customer: str) -> bool:
    is_deleted = record.latest is not None and record.latest.deleted
    return customer in record.customers if is_deleted else record.customer == customer


def belonging(customer: str, linked: Iterable[SourceRecord]) -> list[SourceRecord]:
    """Those of the linked records that belong to the customer now."""
    return [record for record in linked if record.customer == customer]


def belonging_in_the_past(customer: str, linked: Iterable[SourceRecord]) -> list[SourceRecord]:
    """Those whose past is the customer's: its own, and deleted ones that were nobody else's."""
    return [one for one in linked if one.customer == customer or _was_its_alone(one, customer)]


def _was_its_alone(record: SourceRecord, customer: str) -> bool:
    return not record.customer and record.customers == frozenset((customer,))


def latest(own: Iterable[SourceRecord]) -> Iterator[tuple[RecordKey, Revision]]:
    """What the records of a customer say now: of each the parts that hold."""
    return ((record.key, part) for record in own for part in record.parts)


def answering(
    linked: Mapping[str, Sequence[SourceRecord]],
) -> Mapping[str, Sequence[SourceRecord]]:
    """Per customer those of the linked records that are its own and hold an answer."""
    own = ((name, belonging(name, records)) for name, records in linked.items())
    return {name: [one for one in records if one.answers] for name, records in own}


def said_now(linked: Mapping[str, Sequence[SourceRecord]]) -> Mapping[str, Sequence[Said]]:
    """Per customer what those of the linked records say now that belong to it."""
    return {
        name: [Said.of(*one) for one in latest(belonging(name, records))]
        for name, records in linked.items()
    }


def as_of(
    instant: int,
    own: Iterable[SourceRecord],
    archive: Mapping[RecordKey, Sequence[Revision]],
) -> Iterator[tuple[RecordKey, Revision]]:
    """What the records of a customer said by `instant` (ms UTC, inclusive).

    A revision counts from the time its source observed it, not from when it reached us; records
    are those of `belonging_in_the_past`. `archive` holds their superseded revisions.
    """
    for record in own:
        for part in known_at(record.history(archive.get(record.key, ())), instant):
            yield record.key, part


def _successor(former: Iterable[SourceRecord]) -> str:
    """The one customer that now holds the records, "" if they are gone or scattered."""
    holders = {record.customer for record in former} - {""}
    return holders.pop() if len(holders) == 1 else ""
