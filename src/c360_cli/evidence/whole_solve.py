"""The live customers against a solve of all evidence at once, which knows of no batches.

What is kept up to date change by change has to equal it, whatever came in whatever order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from c360_identity.domain.model import Link, StewardDecision
from c360_identity.domain.rules import Rules
from c360_identity.domain.rulings import rulings
from c360_identity.domain.solver import Edge, Evidence, Partition, solve
from c360_identity.store.port import IdentityStore
from c360_kernel.record import Identifier, RecordKey

_PAGE = 1_000


@dataclass(slots=True)
class LiveState:
    """All evidence of a store, and what the store made of it."""

    ages: dict[RecordKey, str] = field(default_factory=dict[RecordKey, str])
    seeds: dict[RecordKey, RecordKey] = field(default_factory=dict[RecordKey, RecordKey])
    edges: list[Edge] = field(default_factory=list[Edge])
    refused: set[Link] = field(default_factory=set[Link])
    generic: set[Identifier] = field(default_factory=set[Identifier])
    decisions: set[StewardDecision] = field(default_factory=set[StewardDecision])


@dataclass(frozen=True, slots=True)
class Difference:
    """A record whose customer is another one than evidence says; seeds name them."""

    record: RecordKey
    live: RecordKey | None
    solved: RecordKey | None


@dataclass(frozen=True, slots=True)
class IdentityAudit:
    """How many records and customers were compared, and all that differs."""

    records: int
    customers: int
    differences: Sequence[Difference]
    refused: Sequence[Link]
    generic: Sequence[Identifier]

    @property
    def is_equal(self) -> bool:
        """Whether the live customers are what the evidence says."""
        return not (self.differences or self.refused or self.generic)


async def audit(store: IdentityStore, rules: Rules) -> IdentityAudit:
    """Solve all that a store holds and compare; nothing may be fed into it meanwhile."""
    live = await _read(store)
    evidence = Evidence(live.ages, live.edges, rulings(live.decisions))
    return _compared(live, solve(evidence, rules))


async def _read(store: IdentityStore) -> LiveState:
    live = LiveState()
    page: list[RecordKey] = []
    async for one in store.emissions():
        page.append(one.record)
        if len(page) == _PAGE:
            await _add(live, store, page)
            page = []
    await _add(live, store, page)
    return live


async def _add(live: LiveState, store: IdentityStore, page: Sequence[RecordKey]) -> None:
    for record in (await store.records(page)).values():
        if not record.deleted:
            live.ages[record.key] = record.age
        if record.seed is not None:
            live.seeds[record.key] = record.seed
    active = [one for one in await store.observations_of(page) if one.active]
    live.edges += [Edge(one.first_seen, one.identifier, one.record) for one in active]
    live.refused.update((one.record, one.identifier) for one in active if one.refused)
    held = await store.holdings({one.identifier for one in active})
    live.generic.update(identifier for identifier, one in held.items() if one.generic)
    live.decisions.update(await store.decisions_about(page))


def _compared(live: LiveState, solved: Partition) -> IdentityAudit:
    keys = sorted(live.seeds.keys() | solved.seeds.keys())
    pairs = ((key, live.seeds.get(key), solved.seeds.get(key)) for key in keys)
    return IdentityAudit(
        len(live.seeds),
        len(set(live.seeds.values())),
        [Difference(*pair) for pair in pairs if pair[1] != pair[2]],
        sorted(live.refused ^ solved.refused),
        sorted(live.generic ^ solved.generic),
    )
