"""The working set of one batch: fold stamped facts into the evidence, in any order.

It is filled with what the store holds of everything the batch names, then
`upsert`, `track` and `decide` fold the batch in; what they changed is read off
afterwards. Folding the same facts in another order, or twice, gives the same
evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.evidence.model import Pair, StewardDecision
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.revisions import RevisionName

from c360_identity.domain.model import EventName, Observation, SourceRecord, Statement, TrackedEvent
from c360_identity.domain.statement_fold import Outcome, fold_statement


class Upsert(NamedTuple):
    """What an entry says of a record."""

    record: RecordKey
    statement: Statement

    @property
    def name(self) -> RevisionName:
        """At which number of which scale it says so."""
        return RevisionName(self.record, self.statement.own, self.statement.number)


class ObservationState(NamedTuple):
    """What is kept of an observation, besides the solve's answer."""

    first_seen: str
    stated: bool
    events: int
    active: bool
    since: int


class RecordState(NamedTuple):
    """What is kept of a record, besides its assignment."""

    age: str
    statements: tuple[Statement, ...]


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
    revisions: dict[RevisionName, Sequence[Statement]] = field(
        default_factory=dict[RevisionName, Sequence[Statement]]
    )
    decisions: dict[tuple[Pair, str], StewardDecision] = field(
        default_factory=dict[tuple[Pair, str], StewardDecision]
    )
    before: dict[RecordKey, Before] = field(default_factory=dict[RecordKey, Before])
    new_events: dict[EventName, TrackedEvent] = field(default_factory=dict[EventName, TrackedEvent])
    new_revisions: dict[RevisionName, Sequence[Statement]] = field(
        default_factory=dict[RevisionName, Sequence[Statement]]
    )
    new_decisions: dict[tuple[Pair, str], StewardDecision] = field(
        default_factory=dict[tuple[Pair, str], StewardDecision]
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
        """Fold in what a source says of a record."""
        key, statement = fact
        record = self._record(key, statement.stamp)
        carried = [one.identifier for one in statement.carried]
        self._mention(key, carried, statement.stamp, statement.observed_at)
        before = record.statements
        # Hardly any batch has something put aside.
        aside = self.revisions.get(fact.name, ()) if self.revisions else ()
        folded = fold_statement(before, aside, statement)
        self._put_aside(key, folded.aside)
        record.statements = folded.held
        if record.statements != before:
            is_all = record.statements == (statement,) and not statement.deleted
            self._state(key, set(carried) if is_all else record.stated)
        return folded.outcome

    def track(self, event: TrackedEvent) -> Outcome:
        """Fold in an event; of several entries with its name the smallest stamp wins."""
        self._record(event.record, event.stamp)
        self._mention(event.record, event.identifiers, event.stamp, event.occurred_at)
        held = self.events.get(event.name)
        if held is not None and held.stamp <= event.stamp:
            return "APPLIED" if held.stamp == event.stamp else "DUPLICATE"
        if held is not None:
            self._count(held, -1)
        self._count(event, +1)
        self.events[event.name] = self.new_events[event.name] = event
        return "APPLIED" if held is None else "DUPLICATE"

    def decide(self, decision: StewardDecision) -> Outcome:
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

    def _mention(
        self, key: RecordKey, identifiers: Collection[Identifier], stamp: str, at: int
    ) -> None:
        held = self.observations[key]
        for identifier in identifiers:
            observation = held.get(identifier)
            if observation is None:
                held[identifier] = Observation(key, identifier, stamp, since=at)
                continue
            observation.first_seen = min(observation.first_seen, stamp)
            observation.since = min(observation.since, at)

    def _put_aside(self, key: RecordKey, statements: Iterable[Statement]) -> None:
        for one in statements:
            name = RevisionName(key, one.own, one.number)
            aside = self.revisions.get(name, ())
            if one not in aside:
                others = (other for other in aside if other.content != one.content)
                self.revisions[name] = self.new_revisions[name] = (*others, one)

    def _state(self, key: RecordKey, stated: Collection[Identifier]) -> None:
        for identifier, observation in self.observations[key].items():
            observation.stated = identifier in stated

    def _count(self, event: TrackedEvent, change: int) -> None:
        held = self.observations[event.record]
        for identifier in event.identifiers:
            held[identifier].events += change


def _record_state(record: SourceRecord) -> RecordState:
    return RecordState(record.age, record.statements)


def _observation_state(edge: Observation) -> ObservationState:
    return ObservationState(edge.first_seen, edge.stated, edge.events, edge.active, edge.since)
