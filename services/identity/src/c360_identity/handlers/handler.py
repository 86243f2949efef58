"""The handler: one batch of entries into one unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.seed_id import CustomerIds
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import PROFILES
from c360_kernel.metrics import RESOLUTION_SECONDS
from c360_kernel.record import RecordKey

from c360_identity.domain.statement_fold import Outcome
from c360_identity.domain.working_set import WorkingSet
from c360_identity.emission import count_joins, state
from c360_identity.handlers.closure import Why
from c360_identity.handlers.intake import Facts, Intake
from c360_identity.handlers.large import LargeCustomers
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.resolution import Batch, Resolution
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityGraph

if TYPE_CHECKING:
    from c360_identity.handlers.matching import Matching


class IdentityHandler:
    """Folds `records`, `events` and `decisions` and emits `identities`.

    Of `profiles` it keeps what rules of policy ask for; no customer depends on that.
    """

    def __init__(
        self,
        intake: Intake,
        rules: Rules,
        customer_id: CustomerIds,
        tells_of: RuleValueReader,
        matching: Matching | None = None,
        large: LargeCustomers | None = None,
        solves: LargeSolves | None = None,
    ) -> None:
        self._solves = solves
        self._matching = matching
        self._intake = intake
        self._rules = rules
        self._customer_id = customer_id
        self._large = large or LargeCustomers(customer_id)
        self._rule_values = tells_of

    async def handle(self, unit: IdentityGraph, entries: Sequence[Entry]) -> None:
        """Fold a batch. Raises `Invalid` for an entry that is no payload of its topic."""
        evidence = [entry for entry in entries if entry.topic != PROFILES]
        if evidence:
            with RESOLUTION_SECONDS.timing():
                await self._resolve(unit, evidence)
        if rule_values := self._rule_values.read(one for one in entries if one.topic == PROFILES):
            await unit.keep_rule_values(rule_values)

    async def _resolve(self, unit: IdentityGraph, entries: Sequence[Entry]) -> None:
        facts = self._intake.read(entries)
        working = await _load(unit, facts)
        entries_of = _entries(facts, working)
        for entry, outcome in _fold(working, facts):
            if outcome != "APPLIED":
                await unit.note_outcome(entry.id, outcome, entry.time)
        batch = Batch(working, entries_of, _ruled(facts, working))
        resolution = Resolution(unit, self._rules, batch, self._matching, self._solves)
        assigned = await resolution.run()
        count_joins(one.record for one in assigned)
        for record, left, (cause, entry) in assigned:
            state(unit, self._customer_id, record, left, cause, entry)
        joined = {one.record.seed for one in assigned if one.record.seed is not None}
        self._large.touched(resolution.large, joined)


async def _load(unit: IdentityGraph, facts: Facts) -> WorkingSet:
    working = WorkingSet()
    names = facts.event_names()
    if names:
        working.events.update(await unit.events(names))
    keys = facts.records().union(event.record for event in working.events.values())
    await unit.expect(keys | facts.decided(), facts.identifiers())
    records = await unit.records(keys)
    if records:
        working.load(records.values(), await unit.observations_of(records))
        working.revisions.update(await unit.revisions(facts.revisions(records)))
    decisions = await unit.decisions_about(keys | facts.decided())
    working.decisions.update({(d.pair, d.id): d for d in decisions})
    return working


def _fold(working: WorkingSet, facts: Facts) -> Iterable[tuple[Entry, Outcome]]:
    outcomes: list[tuple[Entry, Outcome]] = []
    for entry, fact in facts.upserts:
        outcomes.append((entry, working.upsert(fact)))
    for entry, event in facts.events:
        outcomes.append((entry, working.track(event)))
    for entry, decision in facts.decisions:
        outcomes.append((entry, working.decide(decision)))
    working.settle()
    return outcomes


def _entries(facts: Facts, working: WorkingSet) -> dict[RecordKey, Entry]:
    """The entry that touches each record, that of a displaced event's old subject included."""
    held = working.events
    entries = {held[e.name].record: entry for entry, e in facts.events if e.name in held}
    entries.update({event.record: entry for entry, event in facts.events})
    entries.update({fact.record: entry for entry, fact in facts.upserts})
    return entries


def _ruled(facts: Facts, working: WorkingSet) -> dict[RecordKey, Why]:
    return {
        key: Why(decision.kind, entry)
        for entry, decision in facts.decisions
        if (decision.pair, decision.id) in working.new_decisions
        for key in decision.pair
    }
