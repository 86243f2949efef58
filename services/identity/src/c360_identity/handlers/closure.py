"""The raw closure: every record whose customer a change could touch.

Breadth-first over active and refused edges, through generic identifiers and
over stewards' `same`, because a solve may revive any of them; never across a
crowd, which links nobody whatever happens. One round of bulk reads per level.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.log.entry import Entry
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Decision, Holding, Observation, Pair
from c360_identity.domain.rules import Rules
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityGraph


class Why(NamedTuple):
    """What set off a solve: a word for people, and the entry that brought it."""

    cause: str
    entry: Entry


@dataclass(slots=True)
class Closure:
    """What was reached, and by which change each record was."""

    reached: dict[RecordKey, Why] = field(default_factory=dict[RecordKey, Why])
    observations: list[Observation] = field(default_factory=list[Observation])
    holdings: dict[Identifier, Holding] = field(default_factory=dict[Identifier, Holding])
    rulings: dict[Pair, Decision] = field(default_factory=dict[Pair, Decision])
    crowded: set[Identifier] = field(default_factory=set[Identifier])


async def closure(
    graph: IdentityGraph,
    rules: Rules,
    records: Mapping[RecordKey, Why],
    identifiers: Mapping[Identifier, Why],
) -> Closure:
    """The closure of changed records and of identifiers whose edges changed."""
    walk = _Walk(graph, rules)
    await walk.to_records(records)
    await walk.to_identifiers(identifiers)
    while walk.frontier:
        await walk.level()
    return walk.found


class _Walk:
    def __init__(self, graph: IdentityGraph, rules: Rules) -> None:
        self._graph = graph
        self._rules = rules
        self.found = Closure()
        self.frontier: dict[RecordKey, Why] = {}

    async def to_records(self, records: Mapping[RecordKey, Why]) -> None:
        reached = self.found.reached
        for record, why in records.items():
            if record not in reached:
                reached[record] = self.frontier[record] = why

    async def to_identifiers(self, identifiers: Mapping[Identifier, Why]) -> None:
        new = {i: why for i, why in identifiers.items() if i not in self.found.holdings}
        if not new:
            return
        holdings = await self._graph.holdings(new)
        self.found.holdings.update(holdings)
        crossed = self._crossed(holdings)
        edges = await self._graph.observations_to(crossed) if crossed else ()
        await self.to_records({edge.record: new[edge.identifier] for edge in edges})

    async def level(self) -> None:
        frontier, self.frontier = self.frontier, {}
        edges = [o for o in await self._graph.observations_of(frontier) if o.active]
        self.found.observations += edges
        await self._to_partners(frontier)
        await self.to_identifiers({o.identifier: frontier[o.record] for o in edges})

    async def _to_partners(self, frontier: Mapping[RecordKey, Why]) -> None:
        standing = rulings(await self._graph.decisions_about(frontier))
        self.found.rulings.update(standing)
        same = (pair for pair, decision in standing.items() if decision.kind == "same")
        await self.to_records(dict(_partners(same, frontier)))

    def _crossed(self, holdings: Mapping[Identifier, Holding]) -> Collection[Identifier]:
        crowded = {
            i for i, holding in holdings.items() if self._rules.crowded(i.type, holding.holders)
        }
        self.found.crowded |= crowded
        return [i for i in holdings if i not in crowded]


def _partners(
    pairs: Iterable[Pair], frontier: Mapping[RecordKey, Why]
) -> Iterable[tuple[RecordKey, Why]]:
    for a, b in pairs:
        if a in frontier:
            yield b, frontier[a]
        else:
            yield a, frontier[b]
