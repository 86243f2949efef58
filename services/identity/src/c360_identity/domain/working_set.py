"""The working set of one batch: fold stamped facts into the evidence, in any order.

It is filled with what the store holds of everything the batch names, then
`upsert`, `track` and `decide` fold the batch in; what they changed is read off
afterwards. Folding the same facts in another order, or twice, gives the same
evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import (
    Decision,
    EventName,
    Mark,
    Observation,
    Pair,
    RevisionName,
    SourceRecord,
    TrackedEvent,
)

Outcome = Literal["APPLIED", "DUPLICATE", "DEAD_LETTERED"]
"""What became of an entry, for whoever waits for it. It never influences state."""


class Upsert(NamedTuple):
    """A record's revision, its identifiers normalized; `content` is a hash of all it says."""

    stamp: str
    record: RecordKey
    revision: int
    deleted: bool
    identifiers: tuple[Identifier, ...]
    content: bytes


class ObservationState(NamedTuple):
    """What is kept of an observation, besides the solve's answer."""

    first_seen: str
    stated: bool
    events: int
    active: bool


class RecordState(NamedTuple):
    """What is kept of a record, besides its assignment."""

    age: str
    live: Mark | None
    deletion: Mark | None
    content: bytes


class Before(NamedTuple):
    """How a record stood before the batch."""

    state: RecordState
    seed: RecordKey | None
    observations: Mapping[Identifier, ObservationState]


@dataclass(slots=True)
class WorkingSet:
    """What the store holds of the things a batch names, and the batch folded in."""

    records: dict[RecordKey, SourceRecord] = field(default_factory=dict[RecordKey, SourceRecord])
    observations: dict[RecordKey, dict[Identifier, Observation]] = field(
        default_factory=dict[RecordKey, dict[Identifier, Observation]]
    )
    events: dict[EventName, TrackedEvent] = field(default_factory=dict[EventName, TrackedEvent])
    revisions: dict[RevisionName, str] = field(default_factory=dict[RevisionName, str])
    decisions: dict[tuple[Pair, str], Decision] = field(
        default_factory=dict[tuple[Pair, str], Decision]
    )
    before: dict[RecordKey, Before] = field(default_factory=dict[RecordKey, Before])
    new_events: dict[EventName, TrackedEvent] = field(default_factory=dict[EventName, TrackedEvent])
    new_revisions: dict[RevisionName, str] = field(default_factory=dict[RevisionName, str])
    new_decisions: dict[tuple[Pair, str], Decision] = field(
        default_factory=dict[tuple[Pair, str], Decision]
    )

    def load(self, records: Iterable[SourceRecord], observations: Iterable[Observation]) -> None:
        """Put in what the store holds of records that the batch names."""
        for observation in observations:
            self.observations.setdefault(observation.record, {})[observation.identifier] = (
                observation
            )
        for record in records:
            self.records[record.key] = record
            held = self.observations.setdefault(record.key, {})
            states = {i: _observation_state(o) for i, o in held.items()}
            self.before[record.key] = Before(_record_state(record), record.seed, states)

    def upsert(self, fact: Upsert) -> Outcome:
        """Fold in a revision of a record."""
        record = self._record(fact.record, fact.stamp)
        self._mention(fact.record, fact.identifiers, fact.stamp)
        outcome = self._outcome_of(record, fact)
        mark = Mark(fact.revision, fact.stamp)
        if fact.deleted:
            record.deletion = self._winner(record, record.deletion, mark)
        else:
            record.live = self._winner(record, record.live, mark)
        if record.live is mark:
            self._state(record, fact)
        return outcome

    def track(self, event: TrackedEvent) -> Outcome:
        """Fold in an event; of several entries with its name the smallest stamp wins."""
        self._record(event.record, event.stamp)
        self._mention(event.record, event.identifiers, event.stamp)
        held = self.events.get(event.name)
        if held is not None and held.stamp <= event.stamp:
            return "APPLIED" if held.stamp == event.stamp else "DUPLICATE"
        if held is not None:
            self._count(held, -1)
        self._count(event, +1)
        self.events[event.name] = self.new_events[event.name] = event
        return "APPLIED" if held is None else "DUPLICATE"

    def decide(self, decision: Decision) -> Outcome:
        """Fold in a decision; of several with one pair and id the smallest stamp wins."""
        name = (decision.pair, decision.id)
        held = self.decisions.get(name)
        if held is not None and held.stamp <= decision.stamp:
            return "APPLIED" if held.stamp == decision.stamp else "DUPLICATE"
        self.decisions[name] = self.new_decisions[name] = decision
        return "APPLIED" if held is None else "DUPLICATE"

    def settle(self) -> None:
        """Say of every observation whether it is active now."""
        for key, held in self.observations.items():
            live = not self.records[key].deleted
            for observation in held.values():
                observation.active = live and observation.last_known
                if not observation.active:
                    observation.refused = False

    @property
    def ruled_records(self) -> frozenset[RecordKey]:
        """The records that decisions are about."""
        return frozenset(key for pair, _ in self.decisions for key in pair)

    def changed_records(self) -> list[SourceRecord]:
        """The records to write."""
        before = self.before
        return [
            record
            for key, record in self.records.items()
            if key not in before or before[key].state != _record_state(record)
        ]

    def changed_observations(self) -> list[Observation]:
        """The edges to write."""
        changed: list[Observation] = []
        for key, held in self.observations.items():
            before = self.before.get(key)
            if before is None:
                changed.extend(held.values())
                continue
            states = before.observations
            changed.extend(o for i, o in held.items() if states.get(i) != _observation_state(o))
        return changed

    def _record(self, key: RecordKey, stamp: str) -> SourceRecord:
        record = self.records.get(key)
        if record is None:
            record = self.records[key] = SourceRecord(key, stamp)
            self.observations[key] = {}
        elif stamp < record.age:
            record.age = stamp
        return record

    def _mention(self, key: RecordKey, identifiers: Collection[Identifier], stamp: str) -> None:
        held = self.observations[key]
        for identifier in identifiers:
            observation = held.get(identifier)
            if observation is None:
                held[identifier] = Observation(key, identifier, stamp)
            elif stamp < observation.first_seen:
                observation.first_seen = stamp

    def _winner(self, record: SourceRecord, held: Mark | None, mark: Mark) -> Mark | None:
        winner, loser = (mark, held) if mark.beats(held) else (held, mark)
        if winner and loser and winner.revision != loser.revision:
            name = RevisionName(record.key, loser.revision)
            self.revisions[name] = self.new_revisions[name] = loser.stamp
        return winner

    def _state(self, record: SourceRecord, fact: Upsert) -> None:
        record.content = fact.content
        stated = set(fact.identifiers)
        for identifier, observation in self.observations[record.key].items():
            observation.stated = identifier in stated

    def _count(self, event: TrackedEvent, change: int) -> None:
        held = self.observations[event.record]
        for identifier in event.identifiers:
            held[identifier].events += change

    def _outcome_of(self, record: SourceRecord, fact: Upsert) -> Outcome:
        seen = self._seen(record, fact.revision)
        if seen is not None:
            return "APPLIED" if seen == fact.stamp else "DUPLICATE"
        if record.live is None and record.deletion is None:
            return "APPLIED"
        same = record.deleted if fact.deleted else _says(record, fact.content)
        return "DUPLICATE" if same else "APPLIED"

    def _seen(self, record: SourceRecord, revision: int) -> str | None:
        for mark in (record.live, record.deletion):
            if mark is not None and mark.revision == revision:
                return mark.stamp
        return self.revisions.get(RevisionName(record.key, revision))


def _says(record: SourceRecord, content: bytes) -> bool:
    return not record.deleted and record.live is not None and record.content == content


def _record_state(record: SourceRecord) -> RecordState:
    return RecordState(record.age, record.live, record.deletion, record.content)


def _observation_state(edge: Observation) -> ObservationState:
    return ObservationState(edge.first_seen, edge.stated, edge.events, edge.active)
