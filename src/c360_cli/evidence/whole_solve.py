"""The live customers against a solve of all evidence at once, which knows of no batches.

What is kept up to date change by change has to equal it, whatever came in whatever order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityStore
from c360_kernel.evidence.model import Link, StewardDecision
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge, Evidence, Matches, Partition, solve
from c360_kernel.record import Identifier, RecordKey

if TYPE_CHECKING:
    from c360_identity.domain.matching.model import Model

_PAGE = 1_000


@dataclass(slots=True)
class LiveState:
    """All evidence of a store, and what the store made of it."""

    ages: dict[RecordKey, str] = field(default_factory=dict[RecordKey, str])
    seeds: dict[RecordKey, RecordKey] = field(default_factory=dict[RecordKey, RecordKey])
    compared: dict[RecordKey, Sequence[tuple[str, str]]] = field(
        default_factory=dict[RecordKey, Sequence[tuple[str, str]]]
    )
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


async def audit(store: IdentityStore, rules: Rules, model: Model | None = None) -> IdentityAudit:
    """Solve all that a store holds and compare; nothing may be fed into it meanwhile.

    `model` is that of scored matching, where the store was derived with one.
    """
    live = await _read(store)
    matches = None if model is None else _matches(live, model)
    evidence = Evidence(live.ages, live.edges, rulings(live.decisions), matches=matches)
    return _compared(live, solve(evidence, rules))


def _matches(live: LiveState, model: Model) -> Matches:
    """Of what records say and carry, not of what the store keeps of pairs."""
    from c360_identity.domain.matching.forming import Forming  # noqa: PLC0415 - needs more
    from c360_identity.domain.matching.whole import whole_matches  # noqa: PLC0415

    carried: dict[RecordKey, list[Identifier]] = {key: [] for key in live.ages}
    for edge in live.edges:
        carried[edge.record].append(edge.identifier)
    text = Forming(model).text
    texts = {key: text(live.compared.get(key, ()), held) for key, held in carried.items()}
    return whole_matches(model, texts)


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
            if record.compared:
                live.compared[record.key] = record.compared
        if record.seed is not None:
            live.seeds[record.key] = record.seed
    active = [one for one in await store.observations_of(page) if one.active]
    live.edges += [Edge(one.since, one.first_seen, one.identifier, one.record) for one in active]
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
