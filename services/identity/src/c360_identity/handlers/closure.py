"""The raw closure: every record whose customer a change could touch.

Breadth-first over active and refused edges and over stewards' `same`, because
a solve may revive any of them. A generic identifier is crossed only when what
was reached could be what makes it generic: as long as more than its fan of
anchored components carry it elsewhere, it stays generic whatever happens here.
A crowd links nobody whatever happens. One round of bulk reads per level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from c360_kernel.evidence.model import Link, Pair, StewardDecision
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import Edge
from c360_kernel.log.entry import Entry
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Holding, SourceRecord
from c360_identity.domain.rulings import rulings
from c360_identity.store.port import IdentityGraph

_IDENTIFIER = attrgetter("identifier")


class Told(NamedTuple):
    """What is kept of an entry for as long as a solve is left: see `Entry`."""

    stamp: str
    time: int
    traceparent: str


class Why(NamedTuple):
    """What set off a solve: a word for people, and the entry that brought it."""

    cause: str
    entry: Entry | Told


@dataclass(slots=True)
class Closure:
    """What was reached, and by which change each record was.

    `records` are those of which is known how they are, bare; `edges` what all carry, `refused`
    which of these are. `crowded` and the keys of `anchored_elsewhere` are generic identifiers that
    were not crossed; the latter are carried by at least so many anchored components not reached.
    """

    reached: dict[RecordKey, Why] = field(default_factory=dict[RecordKey, Why])
    records: dict[RecordKey, SourceRecord] = field(default_factory=dict[RecordKey, SourceRecord])
    edges: list[Edge] = field(default_factory=list[Edge])
    refused: set[Link] = field(default_factory=set[Link])
    holdings: dict[Identifier, Holding] = field(default_factory=dict[Identifier, Holding])
    rulings: dict[Pair, StewardDecision] = field(default_factory=dict[Pair, StewardDecision])
    matches: dict[Pair, float] = field(default_factory=dict[Pair, float])
    crowded: set[Identifier] = field(default_factory=set[Identifier])
    anchored_elsewhere: dict[Identifier, int] = field(default_factory=dict[Identifier, int])


async def closure(
    graph: IdentityGraph,
    rules: Rules,
    records: Mapping[RecordKey, Why],
    identifiers: Mapping[Identifier, Why],
    lost: Mapping[Identifier, int],
    *,
    is_matching: bool = False,
) -> Closure:
    """The closure of changed records and of identifiers whose edges changed.

    `lost` says how many records no longer carry an identifier; `is_matching` that pairs which look
    alike are evidence.
    """
    walk = _Walk(graph, rules, is_matching)
    await walk.to_records(records)
    await walk.to_identifiers(identifiers)
    while walk.frontier:
        await walk.level()
        if not walk.frontier:
            await walk.cross_doubtful(lost)
    return walk.found


class _Crossed(NamedTuple):
    """Identifiers to cross at once, and those that are generic as long as nothing turns them."""

    now: list[Identifier]
    aside: list[Identifier]


class _Walk:
    def __init__(self, graph: IdentityGraph, rules: Rules, is_matching: bool) -> None:
        self._is_matching = is_matching
        self._graph = graph
        self._rules = rules
        self.found = Closure()
        self.frontier: dict[RecordKey, Why] = {}
        self._aside: dict[Identifier, Why] = {}
        self._fellows: set[RecordKey] = set()
        self._carriers: Counter[Identifier] = Counter()

    async def to_records(self, records: Mapping[RecordKey, Why]) -> None:
        reached = self.found.reached
        for record, why in records.items():
            if record not in reached:
                reached[record] = self.frontier[record] = why

    async def to_identifiers(self, identifiers: Mapping[Identifier, Why]) -> None:
        new = {i: why for i, why in identifiers.items() if i not in self.found.holdings}
        if new:
            crossed = self._weigh(await self._graph.carriers(new))
            self._aside.update({i: new[i] for i in crossed.aside})
            await self._cross({i: new[i] for i in crossed.now})

    def _weigh(self, holdings: Mapping[Identifier, Holding]) -> _Crossed:
        """Which of these to cross: those that some record carries that was not reached."""
        found, rules, carriers = self.found, self._rules, self._carriers
        crossed = _Crossed([], [])
        for identifier, holding in holdings.items():
            if identifier in found.holdings:
                continue
            holders = holding.holders
            if holders > rules.never_over_fan and rules.crowded(identifier.type, holders):
                found.crowded.add(identifier)
            elif holding.generic:
                crossed.aside.append(identifier)
            elif holders > carriers[identifier]:
                crossed.now.append(identifier)
        found.holdings.update(holdings)
        return crossed

    async def cross_doubtful(self, lost: Mapping[Identifier, int]) -> None:
        """Cross those generic identifiers that what was reached might turn back."""
        reached = self._carriers
        elsewhere = {
            i: self.found.holdings[i].anchored - reached[i] - lost.get(i, 0) for i in self._aside
        }
        over_fan = self._rules.over_fan
        doubtful = {i: why for i, why in self._aside.items() if not over_fan(i.type, elsewhere[i])}
        for identifier in doubtful:
            del self._aside[identifier]
        self.found.anchored_elsewhere = {i: elsewhere[i] for i in self._aside}
        await self._cross(doubtful)

    async def _cross(self, identifiers: Mapping[Identifier, Why]) -> None:
        if identifiers:
            edges = await self._graph.observations_to(identifiers)
            await self.to_records({edge.record: identifiers[edge.identifier] for edge in edges})

    async def level(self) -> None:
        frontier, self.frontier = await self._with_fellows(self.frontier), {}
        edges, refused, holdings = await self._graph.around(frontier)
        self.found.edges += edges
        self.found.refused.update(refused)
        self._carriers.update(map(_IDENTIFIER, edges))
        await self._to_partners(frontier)
        crossed = self._weigh(holdings)
        whys = _whys({*crossed.aside, *crossed.now}, edges, frontier)
        self._aside.update({identifier: whys[identifier] for identifier in crossed.aside})
        await self._cross({identifier: whys[identifier] for identifier in crossed.now})

    async def _with_fellows(self, frontier: dict[RecordKey, Why]) -> dict[RecordKey, Why]:
        """What is one customer hangs together, and need not be reached one by one."""
        alone = [record for record in frontier if record not in self._fellows]
        found = await self._graph.fellows(alone) if alone else {}
        reached = self.found.reached
        new: dict[RecordKey, Why] = {}
        for of, fellows in found.items():
            fresh = {one.key: one for one in fellows if one.key not in reached}
            self.found.records.update(fresh)
            new.update(dict.fromkeys(fresh, reached[of]))
        self._fellows.update(new)
        reached.update(new)
        return {**frontier, **new}

    async def _to_partners(self, frontier: Mapping[RecordKey, Why]) -> None:
        decided = rulings(await self._graph.decisions_about(frontier))
        self.found.rulings.update(decided)
        if self._is_matching:
            accepted = await self._graph.evidence_about(frontier)
            self.found.matches.update(accepted)
            await self.to_records(dict(_partners(accepted, frontier)))
        same = (pair for pair, decision in decided.items() if decision.kind == "same")
        await self.to_records(dict(_partners(same, frontier)))


def _whys(
    wanted: Collection[Identifier], edges: Iterable[Edge], frontier: Mapping[RecordKey, Why]
) -> Mapping[Identifier, Why]:
    """By which change each of these identifiers was reached."""
    if not wanted:
        return {}
    return {edge.identifier: frontier[edge.record] for edge in edges if edge.identifier in wanted}


def _partners(
    pairs: Iterable[Pair], frontier: Mapping[RecordKey, Why]
) -> Iterable[tuple[RecordKey, Why]]:
    for a, b in pairs:
        if a in frontier:
            yield b, frontier[a]
        else:
            yield a, frontier[b]
