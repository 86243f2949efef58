"""From entries of the log to facts of the domain: decoded, normalized, hashed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.catalog.sections import DEFAULT_REGION
from c360_kernel.codec import decode
from c360_kernel.corrections import corrected_by
from c360_kernel.errors import Invalid
from c360_kernel.evidence.model import StewardDecision, pair_of
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import DECISIONS, EVENTS, RECORDS
from c360_kernel.payload import DecisionMade, EventTracked, RecordUpserted
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.revisions import RevisionName, content_of

from c360_identity.domain.marks import marks_of
from c360_identity.domain.model import Carried, EventName, Statement, TrackedEvent
from c360_identity.domain.working_set import Upsert


@dataclass(slots=True)
class Facts:
    """The facts of a batch, each with the entry that says it."""

    upserts: list[tuple[Entry, Upsert]] = field(default_factory=list[tuple[Entry, Upsert]])
    events: list[tuple[Entry, TrackedEvent]] = field(
        default_factory=list[tuple[Entry, TrackedEvent]]
    )
    decisions: list[tuple[Entry, StewardDecision]] = field(
        default_factory=list[tuple[Entry, StewardDecision]]
    )

    def records(self) -> set[RecordKey]:
        """The records that entries are about."""
        upserted = {fact.record for _, fact in self.upserts}
        return upserted.union(event.record for _, event in self.events)

    def revisions(self, records: Collection[RecordKey]) -> set[RevisionName]:
        """The revisions that entries bring of these records."""
        return {fact.name for _, fact in self.upserts if fact.record in records}

    def event_names(self) -> set[EventName]:
        """The events that entries tell."""
        return {event.name for _, event in self.events}

    def identifiers(self) -> Iterator[Identifier]:
        """The identifiers that entries name, some several times."""
        for _, fact in self.upserts:
            yield from (one.identifier for one in fact.statement.carried)
        for _, event in self.events:
            yield from event.identifiers

    def decided(self) -> set[RecordKey]:
        """The records that decisions are about."""
        return {key for _, decision in self.decisions for key in decision.pair}


class Intake:
    """Reads entries by the rules of a catalog."""

    def __init__(
        self, catalog: Catalog, normalizers: Normalizers, compared: Collection[str] = ()
    ) -> None:
        """`compared` are the traits that scored matching compares."""
        self._compared = frozenset(compared)
        self._normalizers = normalizers
        self._made_of = frozenset(t.derived_from for t in catalog.identifiers.values())
        self._regions: Mapping[str, str] = {n: s.region for n, s in catalog.sources.items()}
        self._naming = {
            name: trait.identifier for name, trait in catalog.traits.items() if trait.identifier
        }

    def read(self, entries: Sequence[Entry]) -> Facts:
        """The facts of a batch. Raises `Invalid` for what is no payload of its topic."""
        facts = Facts()
        for entry in entries:
            payload = decode(entry.topic, entry.data)
            if entry.topic == RECORDS:
                facts.upserts.append((entry, self._upsert(entry, payload)))
            elif entry.topic == EVENTS:
                facts.events.append((entry, self._event(entry, payload)))
            elif entry.topic == DECISIONS:
                facts.decisions.append((entry, _decision(entry, payload)))
        return facts

    def _upsert(self, entry: Entry, payload: RecordUpserted) -> Upsert:
        carried = self._carried(payload)
        statement = Statement(
            payload.own,
            payload.revision,
            entry.stamp,
            content_of(payload),
            payload.deleted,
            carried,
            payload.observed_at,
            payload.named,
            marks_of(payload.traits, carried),
            self._values(payload),
        )
        return Upsert(payload.record, statement)

    def _values(self, payload: RecordUpserted) -> tuple[tuple[str, str], ...]:
        if not self._compared or corrected_by(payload.record) is not None:
            # What a steward corrects says whose it is, and joins nobody else.
            return ()
        named = sorted(self._compared & payload.traits.keys())
        return tuple(
            (name, text)
            for name in named
            for text in _values_of(payload.traits[name])
            if text.strip()
        )

    def _carried(self, payload: RecordUpserted) -> tuple[Carried, ...]:
        """Its identifiers; one that a trait says is that trait's, also where it is listed too."""
        listed = self._answers(payload.record.source, payload.identifiers)
        carried: set[Carried] = set()
        of_traits: set[Identifier] = set()
        for trait in self._naming.keys() & payload.traits.keys():
            for text in _values_of(payload.traits[trait]):
                one = listed.get(Identifier(self._naming[trait], text))
                if one is not None:
                    carried.add(Carried(one[0], one[1], trait))
                    of_traits.add(one)
        for one in listed.values():
            if one is not None and one not in of_traits:
                carried.add(Carried(one[0], one[1]))
        return tuple(sorted(carried.union(self._derived(carried))))

    def _derived(self, carried: Iterable[Carried]) -> Iterator[Carried]:
        """What is made of these, each part of a record with what is made of its own."""
        for one in [one for one in carried if one.type in self._made_of]:
            for type_, value in self._normalizers.derived(one.identifier):
                yield Carried(type_, value, one.trait, one.type)

    def _event(self, entry: Entry, payload: EventTracked) -> TrackedEvent:
        source = payload.record.source
        return TrackedEvent(
            EventName(source, payload.message_id),
            entry.stamp,
            payload.record,
            self._seen(source, payload.identifiers),
            payload.occurred_at,
        )

    def _seen(self, source: str, raw: Iterable[Identifier]) -> tuple[Identifier, ...]:
        found = [one for one in self._answers(source, raw).values() if one is not None]
        made = (one for identifier in found for one in self._normalizers.derived(identifier))
        return tuple(dict.fromkeys((*found, *made)))

    def _answers(
        self, source: str, raw: Iterable[Identifier]
    ) -> Mapping[Identifier, Identifier | None]:
        """Each of these normalized, or None."""
        region = self._regions.get(source, DEFAULT_REGION)
        normalize = self._normalizers.normalize
        return {identifier: normalize(identifier, region) for identifier in raw}


def _values_of(value: TraitValue) -> Sequence[str]:
    return value if isinstance(value, tuple) else (str(value),)


def _decision(entry: Entry, payload: DecisionMade) -> StewardDecision:
    if payload.a == payload.b or not all((*payload.a, *payload.b)):
        raise Invalid("a decision is about two records", code="DECISION_PAIR_INVALID")
    return StewardDecision(
        payload.decision_id,
        payload.kind,
        pair_of(payload.a, payload.b),
        entry.stamp,
        payload.undoes,
        payload.actor,
        payload.reason,
    )
