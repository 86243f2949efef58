"""Keeps the customers equal to a full solve while evidence changes, batch by batch.

What the fast path settles is written together with the evidence. The rest is
solved afterwards over its raw closure, which overrules the fast path where the
two meet, because it sees all of the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from c360_kernel.evidence.model import Pair
from c360_kernel.evidence.rules import Rules
from c360_kernel.evidence.solver import (
    Evidence,
    Matches,
    Partition,
    over_limit,
    separated_within,
    solve_in_steps,
)
from c360_kernel.log.entry import Entry
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.attachment import (
    Group,
    PriorState,
    attach,
    grouped,
    near_numbered,
    strained,
)
from c360_identity.domain.cause import ALIKE, NEW, cause_of
from c360_identity.domain.changes import RecordChange, changes_of, holder_changes
from c360_identity.domain.history import Move
from c360_identity.domain.model import Customer, Holding, Observation, SourceRecord
from c360_identity.domain.numbered import Neighbours, carrying
from c360_identity.domain.working_set import WorkingSet
from c360_identity.handlers import putting_off
from c360_identity.handlers.closure import Closure, Why, closure
from c360_identity.handlers.compared import Compared
from c360_identity.handlers.large import large_by_holders, large_by_members
from c360_identity.handlers.putting_off import LaterSolves, Left, sharing, together
from c360_identity.store.port import EvidenceChanges, IdentityGraph, ResolutionChanges

if TYPE_CHECKING:
    from c360_identity.handlers.matching import Matching
    from c360_identity.store.putting_off import PuttingOffGraph

_NOBODY = Holding()
_PART = 1_000
"""Of so many records, some milliseconds, until a solve may pause."""
_stamp = attrgetter("stamp")


async def _at_once() -> None:
    """Nobody is let in between."""


class Reassigned(NamedTuple):
    """A record whose customer changed: the record says to which, `left` from which."""

    record: SourceRecord
    left: RecordKey | None
    why: Why


class _Standing(NamedTuple):
    """What a record says of the customer whose seed it is: see `Customer`."""

    plain: bool = False
    numbered: bool = False
    firm: bool = False


class _Troubles(NamedTuple):
    """By their seeds the customers with anything refused, generic, decided or joined by likeness,
    those who hold several values of a scope that separates, and those who are held together by
    less than two kinds of evidence."""

    contested: set[RecordKey]
    separated: set[RecordKey]
    loose: frozenset[RecordKey]

    def standing(self, key: RecordKey, seed: RecordKey | None) -> _Standing:
        """That of a record whose customer's seed this is."""
        if seed != key or seed in self.contested:
            return _Standing()
        if seed not in self.separated:
            return _Standing(plain=True)
        return _Standing(numbered=True, firm=seed not in self.loose)


@dataclass(slots=True)
class Batch:
    """A folded batch and the entries that brought it: per record, and per pair decided."""

    working: WorkingSet
    entries: Mapping[RecordKey, Entry]
    ruled: Mapping[RecordKey, Why]


class Resolution:
    """Resolves one batch within one unit of work."""

    def __init__(
        self,
        graph: IdentityGraph,
        rules: Rules,
        batch: Batch,
        matching: Matching | None = None,
        solves: LaterSolves | None = None,
        pause: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        """With `solves`, those of large customers may be left. A solve pauses now and then."""
        self._solves = solves if solves is not None and solves.is_on else None
        self._pause = pause
        self._matching = matching
        self._compared = Compared()
        self._graph = graph
        self._rules = rules
        self._batch = batch
        self._ruled = batch.working.ruled_records
        self._changes = changes_of(batch.working)
        self._deltas = holder_changes(self._changes.values())
        self._holders: dict[Identifier, int] = {}
        self._before: Mapping[Identifier, Holding] = {}
        self._reassigned: dict[RecordKey, Reassigned] = {}
        self._moves: list[Move] = []
        self.large: dict[RecordKey, int] = {}
        """Customers so large that operators are told, by seed, and how many records each has."""

    async def run(self) -> Collection[Reassigned]:
        """Write the batch and what follows from it; the records whose customer changed."""
        if self._matching is not None:
            self._compared = await self._matching.compare(self._graph, self._batch.working)
        unsettled = await self._attach()
        await self._keep()
        sources = {**self._sources(unsettled), **await self._alike()}
        identifiers = self._touched(unsettled)
        sources.update(await self._newly_crowded(identifiers))
        lost = Counter(i for change in self._changes.values() for i in change.lost)
        where = Left(sources, identifiers, lost)
        if self._solves is not None:
            where = await self._leave(self._solves, where)
        if where.records:
            await self._solve_around(where)
        return self._reassigned.values()

    async def _solve_around(self, where: Left) -> None:
        begin = (where.records, where.identifiers, where.lost)
        is_matching = self._matching is not None
        found = await closure(self._graph, self._rules, *begin, is_matching=is_matching)
        if self._solves is not None:
            # What is generic is told by counts, which a solve that is being written writes, too.
            if any(map(self._solves.is_busy, found.reached)) or self._solves.are_busy(
                found.holdings
            ):
                carried = {key: self._turned_identifiers(key) for key in where.records}
                owners = (await self._owners(carried)).values()
                await self._put_off(self._solves, where, {s for seeds in owners for s in seeds})
                return
            self._solves.saw(found.reached, found.holdings)
        await self._graph.resolve(await self.solved(found))

    @property
    def assigned(self) -> Mapping[RecordKey, Reassigned]:
        """The records whose customer changed so far."""
        return self._reassigned

    async def _leave(self, solves: LaterSolves, where: Left) -> Left:
        """Leave to a later solve what touches large customers; what is to be solved now."""
        carried = {key: self._turned_identifiers(key) for key in where.records}
        pairs = [*self._compared.pairs, *(pair for pair, _ in self._batch.working.new_decisions)]
        owners = await self._owners(carried)
        sizes = await self._sizes({seed for seeds in owners.values() for seed in seeds})
        late = {
            key
            for key, seeds in owners.items()
            if any(map(solves.is_busy, (key, *seeds)))
            or solves.are_busy(carried[key])
            or any(sizes[seed] >= putting_off.LARGE_SOLVE for seed in seeds)
        }
        late = together(late, [*sharing(carried), *pairs]) & carried.keys() if late else late
        turned = {one for key in late for one in carried[key]}
        if late:
            seeds = {seed for key in late for seed in owners[key]}
            await self._put_off(solves, where.of(late, turned), seeds)
        now = where.of(carried.keys() - late, where.identifiers.keys() - turned)
        seen = {*self._changes, *(key for pair in pairs for key in pair)} - late
        solves.saw(seen, {one for key in seen for one in self._turned_identifiers(key)})
        return now

    async def _put_off(
        self, solves: LaterSolves, left: Left, owners: Collection[RecordKey]
    ) -> None:
        """Nothing joins the customers of these seeds without a solve until that is done."""
        graph = cast("PuttingOffGraph", self._graph)
        await graph.put_off(putting_off.text_of(left))
        solves.leave(left, owners)
        held = await graph.bare(owners) if owners else {}
        firm = [replace(o, plain=False, numbered=False, firm=False) for o in held.values()]
        await graph.resolve(ResolutionChanges(firm, (), {}))

    def _turned_identifiers(self, key: RecordKey) -> Collection[Identifier]:
        """What a record of the batch gained or lost."""
        change = self._changes.get(key)
        return () if change is None else (*change.gained, *change.lost)

    def _refused_identifiers(self, key: RecordKey) -> Collection[Identifier]:
        held = self._batch.working.observations.get(key, {}).values()
        return [one.identifier for one in held if one.active and one.refused]

    async def _owners(
        self, carried: Mapping[RecordKey, Collection[Identifier]]
    ) -> Mapping[RecordKey, Collection[RecordKey]]:
        """By record the seeds of its customer, and of those who hold what it gained or lost, or
        what it carries and does not belong to them by: a solve goes on from there."""
        seeds, owners = await self._seeds(carried), dict[RecordKey, set[RecordKey]]()
        refused = {key: self._refused_identifiers(key) for key in carried}
        unread = {one for some in refused.values() for one in some} - self._before.keys()
        held = {**self._before, **(await self._graph.holdings(unread) if unread else {})}
        for key, identifiers in carried.items():
            crossed = (held.get(one, _NOBODY) for one in (*identifiers, *refused[key]))
            holders = (one.customer for one in crossed)
            found = {one.seed for one in holders if one is not None}
            own = seeds.get(key)
            owners[key] = found if own is None else {*found, own}
        return owners

    async def _sizes(self, seeds: Collection[RecordKey]) -> Mapping[RecordKey, int]:
        graph = cast("PuttingOffGraph", self._graph)
        return await graph.sizes(seeds, putting_off.LARGE_SOLVE) if seeds else {}

    async def _attach(self) -> Sequence[RecordChange]:
        self._before = await self._graph.holdings(self._deltas) if self._deltas else {}
        self._before = {i: self._before.get(i, _NOBODY) for i in self._deltas}
        self._holders = {i: self._before[i].holders + n for i, n in self._deltas.items()}
        self.large.update(large_by_holders(self._before, self._holders))
        easy: list[RecordChange] = []
        hard: list[RecordChange] = []
        for change in self._changes.values():
            (easy if self._may_attach(change) else hard).append(change)
        prior = PriorState(self._before, await self._customers(easy), self._holders)
        groups = grouped(easy, prior)
        prior = replace(prior, neighbours=await self._neighbours(near_numbered(groups, prior)))
        held = await self._values_held(strained(groups, prior, self._rules))
        attachment = attach(groups, prior, held, self._rules)
        for key, customer in attachment.customers.items():
            self._join(self._changes[key], customer)
        return [*attachment.unsettled, *hard]

    async def _alike(self) -> dict[RecordKey, Why]:
        """Whoever is to be solved anew by what they look like, and why.

        A new pair whose records are one customer already changes nothing, nor does any likeness
        within a customer that identifiers alone hold together.
        """
        compared = self._compared
        seeds = await self._seeds({key for pair in compared.pairs for key in pair})
        held = await self._held_by_identifiers({seeds[key] for key in compared.reformed})
        recast = await self._newly_apart()
        found = {
            key: Why(ALIKE, self._batch.entries[key])
            for key in compared.reformed
            if key in recast or seeds[key] not in held
        }
        for pair, is_evidence in compared.pairs.items():
            seed = seeds.get(pair[0])
            is_one = seed is not None and seed == seeds.get(pair[1])
            if not (is_one and (is_evidence or seed in held)) or self._are_busy(*pair, seed):
                found.update(dict.fromkeys(pair, self._why_alike(pair)))
        return found

    async def _newly_apart(self) -> set[RecordKey]:
        """The recast records of whom a contact may be somebody else's now.

        Others are apart from nobody who shares one, so that nothing keeps them from whom they join.
        """
        made = {key: self._made_of_contacts(key) for key in self._compared.recast}
        named = {one for identifiers in made.values() for one in identifiers}
        held = await self._graph.carriers(named) if named else {}
        shared = {one for one, holding in held.items() if holding.holders > 1}
        apart = self._compared.apart
        return {key for key, own in made.items() if key in apart or not shared.isdisjoint(own)}

    def _made_of_contacts(self, key: RecordKey) -> list[Identifier]:
        if self._matching is None:
            return []
        contacts, types = self._matching.forming.contacts, self._rules.types
        held = self._batch.working.observations[key].values()
        active = (one.identifier for one in held if one.active)
        return [one for one in active if types[one.type].derived_from in contacts]

    async def _seeds(self, others: Collection[RecordKey]) -> Mapping[RecordKey, RecordKey | None]:
        """Whose records those of the batch and these others are by now."""
        seeds = {key: one.seed for key, one in self._batch.working.records.items()}
        unread = {key for key in others if key not in seeds}
        bare = await self._graph.bare(unread) if unread else {}
        return {**seeds, **{key: one.seed for key, one in bare.items()}}

    async def _held_by_identifiers(self, seeds: Collection[RecordKey | None]) -> set[RecordKey]:
        """Those of these customers in whom no likeness joined or was refused."""
        named = {seed for seed in seeds if seed is not None}
        found = await self._graph.bare(named) if named else {}
        return {key for key, one in found.items() if one.plain or one.numbered}

    def _why_alike(self, pair: Pair) -> Why:
        entries = self._batch.entries
        newest = next((entries[key] for key in pair if key in entries), None)
        return Why(ALIKE, newest or max(entries.values(), key=_stamp))

    def _are_busy(self, *keys: RecordKey | None) -> bool:
        """Whether a solve that was left may still move one of these, or their customers."""
        return self._solves is not None and any(map(self._solves.is_busy, keys))

    def _may_attach(self, change: RecordChange) -> bool:
        if self._solves is not None and self._meets_unassigned(change):
            return False
        if change.record.key in self._compared.apart or self._shares_unread(change):
            return False
        return change.is_straight and not (change.fresh and change.record.key in self._ruled)

    def _meets_unassigned(self, change: RecordChange) -> bool:
        """Whether somebody carries the same whose customer is left to a later solve."""
        held = (self._before[one] for one in change.gained)
        return any(one.holders and not one.generic and one.customer is None for one in held)

    def _shares_unread(self, change: RecordChange) -> bool:
        """Whether it shares what is made of a contact with somebody it was not compared with.

        Blocks hold whoever has a contact itself in common, and that alone is looked at there.
        """
        if self._matching is None:
            return False
        contacts, types = self._matching.forming.contacts, self._rules.types
        made = (i for i in change.gained if types[i.type].derived_from in contacts)
        return any(self._holders[i] > 1 for i in made)

    async def _customers(self, changes: Iterable[RecordChange]) -> dict[RecordKey, Customer]:
        known = {c.record.key: c.record.seed for c in changes if not c.fresh}
        if not known:
            return {}
        seeds = await self._graph.bare({seed for seed in known.values() if seed is not None})
        return {key: Customer.of(seeds[seed]) for key, seed in known.items() if seed is not None}

    async def _neighbours(self, groups: Iterable[Group]) -> Neighbours:
        """What the records of these groups carry, and whoever carries what they gain."""
        keys = {change.record.key for group in groups for change in group.changes}
        if not keys:
            return Neighbours()
        gained = {i for key in keys for i in self._changes[key].gained}
        shared = [one for one in gained if self._before[one].holders]
        carriers = await self._graph.observations_to(shared) if shared else ()
        known = {one.record for one in carriers} | {k for k in keys if not self._changes[k].fresh}
        before = await self._graph.observations_of(known) if known else ()
        held = self._batch.working.observations
        after = (one for key in keys for one in held[key].values())
        return Neighbours(carrying(before, known), carrying(after, keys))

    async def _values_held(
        self, seeds: Collection[RecordKey]
    ) -> Mapping[RecordKey, Collection[Identifier]]:
        return await self._graph.values_held(seeds, self._rules.bounded) if seeds else {}

    def _join(self, change: RecordChange, customer: Customer) -> None:
        record = change.record
        record.seed = customer.seed
        record.version += 1
        record.plain = record.key == customer.seed
        cause = NEW if record.plain else cause_of(change, self._holders, self._rules)
        why = Why(cause, self._batch.entries[record.key])
        self._reassigned[record.key] = Reassigned(record, None, why)

    async def _keep(self) -> None:
        working = self._batch.working
        await self._graph.keep(
            EvidenceChanges(
                working.changed_records(),
                working.changed_observations(),
                {identifier: n for identifier, n in self._deltas.items() if n},
                list(working.new_events.values()),
                working.new_revisions,
                list(working.new_decisions.values()),
            )
        )
        if self._compared.changes.placed or self._compared.changes.matches:
            await self._graph.keep_matching(self._compared.changes)

    def _sources(self, unsettled: Iterable[RecordChange]) -> dict[RecordKey, Why]:
        sources = {change.record.key: self._why(change) for change in unsettled}
        return {**sources, **self._batch.ruled}

    def _touched(self, unsettled: Iterable[RecordChange]) -> dict[Identifier, Why]:
        return {
            identifier: self._why(change)
            for change in unsettled
            for identifier in (*change.gained, *change.lost)
        }

    def _why(self, change: RecordChange) -> Why:
        cause = cause_of(change, self._holders, self._rules)
        return Why(cause, self._batch.entries[change.record.key])

    async def _newly_crowded(self, touched: Mapping[Identifier, Why]) -> dict[RecordKey, Why]:
        crowded, before, after = self._rules.crowded, self._before, self._holders
        new = [i for i in touched if crowded(i.type, after[i]) and not before[i].generic]
        edges = await self._graph.observations_to(new) if new else ()
        return {edge.record: touched[edge.identifier] for edge in edges}

    async def solved(self, found: Closure) -> ResolutionChanges:
        """What a solve of this changes; nothing is written."""
        records = {**found.records, **await self._unread(found)}
        live = {key: record.age for key, record in records.items() if not record.deleted}
        generic = found.crowded.union(found.anchored_elsewhere)
        matches = await self._matches(found)
        evidence = Evidence(live, found.edges, found.rulings, generic, matches)
        partition = await self._partition(evidence)
        self.large.update(large_by_members(partition.seeds.values()))
        return ResolutionChanges(
            await self._assigned(records, partition, found),
            _refusals(found, partition),
            _genericness(found, partition),
            self._moves,
        )

    async def _partition(self, evidence: Evidence) -> Partition:
        solving = solve_in_steps(evidence, self._rules)
        while True:
            try:
                next(solving)
            except StopIteration as end:
                return end.value
            await self._pause()

    async def _unread(self, found: Closure) -> dict[RecordKey, SourceRecord]:
        """Whoever was reached and not read; the batch itself has its own at hand."""
        folded = self._batch.working.records
        unread = found.reached.keys() - found.records.keys()
        others = unread - folded.keys()
        known = {key: folded[key] for key in unread & folded.keys()}
        return {**known, **await self._graph.bare(others)} if others else known

    async def _matches(self, found: Closure) -> Matches | None:
        if self._matching is None:
            return None
        reached, known = found.reached.keys(), self._compared.said
        return await self._matching.matches(self._graph, reached, found.matches, known)

    def _troubles(self, found: Closure, partition: Partition) -> _Troubles:
        contested = self._contested(found, partition)
        separated = separated_within(found.edges, partition.seeds, self._rules)
        return _Troubles(contested, separated, partition.loose)

    def _contested(self, found: Closure, partition: Partition) -> set[RecordKey]:
        rules, edges = self._rules, found.edges
        never, held = rules.never_over_fan, found.holdings.items()
        many = [(i, one.holders) for i, one in held if one.holders > never]
        doubtful = {i for i, holders in many if rules.over_fan(i.type, holders)}
        doubtful.update(identifier for _, identifier in partition.refused)
        records = {key for pair in found.rulings for key in pair}
        records |= over_limit(edges, rules)
        matched = partition.joined_pairs | partition.refused_matches
        records.update(key for pair in matched for key in pair)
        if doubtful:
            records.update(edge.record for edge in edges if edge.identifier in doubtful)
        return {partition.seeds[key] for key in records if key in partition.seeds}

    async def _assigned(
        self,
        records: Mapping[RecordKey, SourceRecord],
        partition: Partition,
        found: Closure,
    ) -> list[SourceRecord]:
        changed: list[SourceRecord] = []
        troubles = self._troubles(found, partition)
        for number, (key, record) in enumerate(records.items(), 1):
            if number % _PART == 0:
                await self._pause()
            seed = partition.seeds.get(key)
            standing = troubles.standing(key, seed)
            moved = seed != record.seed or record.version == 0
            if moved:
                self._move(record, seed, found.reached[key])
            if moved or standing != (record.plain, record.numbered, record.firm):
                record.plain, record.numbered, record.firm = standing
                changed.append(record)
        return changed

    def _move(self, record: SourceRecord, seed: RecordKey | None, why: Why) -> None:
        already = self._reassigned.get(record.key)
        left = record.seed if already is None else already.left
        if already is None:
            record.version += 1
        if record.version > 1:
            move = (record.seed, seed, why.cause)
            self._moves.append(Move(record.key, record.version, why.entry.stamp, *move))
        record.seed = seed
        self._reassigned[record.key] = Reassigned(record, left, why)


def _refusals(found: Closure, partition: Partition) -> list[Observation]:
    changed = found.refused ^ partition.refused
    return [
        Observation(
            edge.record,
            edge.identifier,
            edge.first_seen,
            active=True,
            refused=link not in found.refused,
            since=edge.since,
        )
        for edge in (found.edges if changed else ())
        if (link := (edge.record, edge.identifier)) in changed
    ]


def _genericness(found: Closure, partition: Partition) -> dict[Identifier, int | None]:
    before = {i: held.anchored for i, held in found.holdings.items() if held.generic}
    after = {*partition.anchored, *found.crowded, *found.anchored_elsewhere}
    known = (i for i in {*before, *after} if i in found.holdings)
    now = {identifier: _anchored(identifier, found, partition) for identifier in known}
    return {i: anchored for i, anchored in now.items() if anchored != before.get(i)}


def _anchored(identifier: Identifier, found: Closure, partition: Partition) -> int | None:
    if identifier in found.crowded:
        # Nobody counts a crowd; once it disperses it has to be crossed.
        return 0
    here = partition.anchored.get(identifier)
    elsewhere = found.anchored_elsewhere.get(identifier)
    return here if elsewhere is None else elsewhere + (here or 0)
