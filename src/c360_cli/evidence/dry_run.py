"""What would merge and what would split, were the same evidence judged by other rules.

Nothing of an instance changes: its customers are compared with those of a store that was derived
from the same log beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from c360_identity.graph.answers import EvidenceAnswers
from c360_identity.store.port import IdentityStore
from c360_kernel.errors import Invalid
from c360_kernel.evidence.rules import Rules
from c360_kernel.log.entry import Entry
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import DECISIONS, EVENTS, RECORDS
from c360_kernel.projection.port import Handler
from c360_kernel.record import RecordKey

_PAGE = 1_000
_SHOWN = 5
Customers = Mapping[RecordKey, str]
"""Of each record the id of its customer."""


@dataclass(frozen=True, slots=True)
class Example:
    """Customers that would be one, or that one would be: each by some of its records.

    `why` names, for two of them, the rules of the path that joins them, or what refuses them.
    """

    groups: Sequence[Sequence[RecordKey]]
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """How many customers would change in one way, of how many records, and some of them."""

    customers: int
    records: int
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What other rules would do. `merges` counts the customers that would come of several."""

    records: int
    before: int
    after: int
    merges: Changes
    splits: Changes


async def derive(log: EventLog, handler: Handler[Any], store: IdentityStore) -> int:
    """Feed an empty store with all the evidence of a log; how many entries could not be read."""
    unread = 0
    for partition, end in (await log.ends((RECORDS, EVENTS, DECISIONS))).items():
        offset = 0
        while offset < end and (page := await log.read(partition, offset, _PAGE)):
            unread += await _feed(handler, store, page)
            offset = page[-1].offset + 1
    return unread


async def compare(live: IdentityStore, other: IdentityStore, rules: Rules, examples: int) -> DryRun:
    """The customers of an instance against those under other rules, which `other` holds."""
    before, after = await _customers(live), await _customers(other)
    both = before.keys() & after.keys()
    merged = _torn({key: after[key] for key in both}, {key: before[key] for key in both})
    split = _torn({key: before[key] for key in both}, {key: after[key] for key in both})
    answers = EvidenceAnswers(other, rules)
    return DryRun(
        len(both),
        len(set(before.values())),
        len(set(after.values())),
        await _changes(merged, answers, examples),
        await _changes(split, answers, examples),
    )


async def _feed(handler: Handler[Any], store: IdentityStore, page: Sequence[Entry]) -> int:
    try:
        await _handle(handler, store, page)
    except Invalid:
        if len(page) == 1:
            return 1
        return sum([await _feed(handler, store, [entry]) for entry in page])
    return 0


async def _handle(handler: Handler[Any], store: IdentityStore, page: Sequence[Entry]) -> None:
    async with store.unit() as unit:
        await handler.handle(unit, page)
    await store.clear_outbox()


async def _customers(store: IdentityStore) -> Customers:
    return {one.record: one.customer async for one in store.emissions() if one.customer}


def _torn(whole: Customers, parts: Customers) -> Sequence[Sequence[Sequence[RecordKey]]]:
    """The customers of one side that are several of the other: these, each by its records."""
    held: dict[str, dict[str, list[RecordKey]]] = defaultdict(lambda: defaultdict(list))
    for record, customer in whole.items():
        held[customer][parts[record]].append(record)
    several = (groups.values() for groups in held.values() if len(groups) > 1)
    return sorted(sorted(sorted(group) for group in groups) for groups in several)


async def _changes(
    found: Sequence[Sequence[Sequence[RecordKey]]], answers: EvidenceAnswers, examples: int
) -> Changes:
    records = sum(len(group) for groups in found for group in groups)
    shown = [await _example(groups, answers) for groups in found[:examples]]
    return Changes(len(found), records, shown)


async def _example(groups: Sequence[Sequence[RecordKey]], answers: EvidenceAnswers) -> Example:
    explained = await answers.explanation(groups[0][0], groups[1][0], 1)
    why: Iterable[str] = ()
    if explained is not None and explained.together:
        why = (step.rule for path in explained.paths.found for step in path)
    elif explained is not None:
        why = (f"{one.kind.value.lower()} of {one.by or one.rule}" for one in explained.refusals)
    return Example([group[:_SHOWN] for group in groups[:_SHOWN]], list(dict.fromkeys(why)))
