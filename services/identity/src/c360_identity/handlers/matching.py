"""Which pairs of records look alike now, as far as a batch changes it.

A pair is alike if its score says so and the two share a block that is not full: that has no more
records than the block's rule allows. So whoever is changed is compared anew. Of a block that has
become full the pairs are dropped that no other block finds; those of one that is full no longer are
compared. What holds depends on the records that there are, never on their order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.model import Pair
from c360_kernel.evidence.solver import Matches
from c360_kernel.record import RecordKey

from c360_identity.domain.matching.forming import Forming, FormsOf
from c360_identity.domain.matching.likeness import FormLikeness
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.scoring import Forms, Scorer
from c360_identity.domain.matching.sieve import Sieve
from c360_identity.domain.matching.told_scores import ModelScores
from c360_identity.domain.working_set import WorkingSet
from c360_identity.handlers.compared import Compared
from c360_identity.handlers.weighing import Weighing
from c360_identity.store.matching_port import Match, MatchingChanges, MatchingGraph, Placed

Members = Mapping[int, Sequence[RecordKey]]
"""Who is in each block."""
_NOWHERE: frozenset[int] = frozenset()
_PERSONAL = 1 << 15
"""Of so many records it is known what keeps people of one household apart: a solve asks of each
record as often as it carries something that others do."""
_DISTINCT = 1 << 12


class Matching:
    """Compares by one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.scorer = Scorer(model)
        self.sieve = Sieve(self.scorer, model.review)
        self.forming = Forming(model)
        self._personal = lru_cache(_PERSONAL)(self._personal_forms)
        self._known = lru_cache(_DISTINCT)(_itself)

    def scores(self, catalog: Catalog) -> ModelScores:
        """Scores as readers of this catalog may be told of them."""
        return ModelScores(self.scorer, self.forming, catalog)

    async def compare(self, graph: MatchingGraph, working: WorkingSet) -> Compared:
        """What a folded batch changes; nothing is written."""
        known = working.before.keys()
        before = await graph.compared(known) if known else {}
        now = {key: self._said(working, key) for key in working.records}
        changed = {key: said for key, said in now.items() if said != before.get(key, "")}
        if not changed:
            return Compared()
        return await _Comparison(self, graph, before, changed).run(known)

    async def matches(
        self,
        graph: MatchingGraph,
        records: Collection[RecordKey],
        pairs: Mapping[Pair, float],
        known: Mapping[RecordKey, str],
    ) -> Matches:
        """The evidence of these records, for a solve; `known` is what some of them say."""
        unread = [key for key in records if key not in known]
        read = await graph.compared(unread) if unread else {}
        said = {**known, **read}
        forms, personal = FormsOf(said, self.forming.forms), FormsOf(said, self._personal)
        likeness = FormLikeness(self.scorer, forms, personal)
        return Matches(likeness, pairs, self.forming.contacts)

    def _personal_forms(self, said: str) -> Forms:
        # Many say the same, and take no memory of their own.
        return self._known(self.scorer.personal(self.forming.forms(said)))

    def _said(self, working: WorkingSet, key: RecordKey) -> str:
        record = working.records[key]
        active = (i for i, o in working.observations[key].items() if o.active)
        return "" if record.deleted else self.forming.text(record.compared, active)


class _Turned(NamedTuple):
    """Whoever stays in a block that has become full, and in one that is so no longer."""

    filled: list[Sequence[RecordKey]]
    opened: list[Sequence[RecordKey]]

    def records(self) -> Iterator[RecordKey]:
        return (record for block in (*self.filled, *self.opened) for record in block)


class _Comparison:
    def __init__(
        self,
        matching: Matching,
        graph: MatchingGraph,
        before: Mapping[RecordKey, str],
        changed: Mapping[RecordKey, str],
    ) -> None:
        self._matching, self._forming = matching, matching.forming
        self._largest: dict[int, int] = {}
        self._reformed = changed.keys() & before.keys()
        self._graph = graph
        self._before = before
        self._changed = changed
        self._keys = {key: self._blocks(said) for key, said in changed.items()}
        self._placed = {key: self._place(key) for key in changed}
        self._full: set[int] = set()
        self._shared: dict[int, Sequence[RecordKey]] = {}
        self._met: set[int] = set()
        self._said: dict[RecordKey, str] = dict(changed)

    async def run(self, known: Collection[RecordKey]) -> Compared:
        turned = await self._turned()
        held = await self._graph.matches_about({*self._changed, *turned.records()})
        found, apart = self._scored(turned.opened)
        now = {**await self._lasting(held, turned.filled), **found}
        pairs = {p: now.get(p) for p in {*held, *now} if held.get(p) != now.get(p)}
        reformed = frozenset(self._changed.keys() & known)
        return Compared(
            MatchingChanges(self._placed, pairs),
            dict(_evidence(pairs, held)),
            reformed,
            frozenset(filter(self._is_recast, reformed)),
            frozenset(apart | self._unread()),
            {key: said for key, said in self._said.items() if said},
        )

    def _is_recast(self, key: RecordKey) -> bool:
        """Whether it is told apart from others by something else than before."""
        texts = self._before.get(key, ""), self._changed[key]
        personal = self._matching.scorer.personal
        before, now = (personal(self._forming.forms(text)) for text in texts)
        return before != now

    def _blocks(self, said: str) -> Set[int]:
        """The blocks of who says this; afterwards it is known how large they may be."""
        blocks = self._forming.keys(said)
        self._largest.update(blocks)
        return blocks.keys()

    def _place(self, key: RecordKey) -> Placed:
        said, now = self._changed[key], self._keys[key]
        if key not in self._before:
            return Placed(said, frozenset(now), _NOWHERE)
        old = self._blocks(self._before[key])
        return Placed(said, frozenset(now - old), frozenset(old - now))

    async def _turned(self) -> _Turned:
        """Read the blocks of the batch; afterwards they are known as they are."""
        entered = self._entered()
        self._met = {*entered, *(key for one in self._placed.values() for key in one.left)}
        was = await self._read(self._met)
        staying = self._staying(was)
        self._know(self._joined(staying, entered))
        turned = _Turned([], [])
        for key, before in was.items():
            if (key in self._full) != (len(before) > self._largest[key]):
                (turned.filled if key in self._full else turned.opened).append(staying[key])
        return turned

    def _entered(self) -> Members:
        """By block who of the batch is in it; of most that is one record."""
        entered: dict[int, list[RecordKey]] = {}
        for record, keys in self._keys.items():
            for key in keys:
                if key in entered:
                    entered[key].append(record)
                else:
                    entered[key] = [record]
        return entered

    def _staying(self, was: Members) -> Members:
        """Whoever was in these blocks and says what it said; most blocks had nobody else."""
        reformed, before, blocks = self._reformed, self._before, self._blocks
        doubtful = {key for record in reformed for key in blocks(before[record])} & was.keys()
        return {**was, **{key: [r for r in was[key] if r not in reformed] for key in doubtful}}

    def _joined(
        self, staying: Members, entered: Members
    ) -> Iterator[tuple[int, Sequence[RecordKey]]]:
        """The blocks of which something has to be known: where one is alone nobody is compared."""
        for key, entering in entered.items():
            if key in staying:
                yield key, [*staying[key], *entering]
            elif len(entering) > 1 and key not in self._full:
                yield key, entering
        for key in staying.keys() - entered.keys():
            yield key, staying[key]

    def _know(self, blocks: Iterable[tuple[int, Sequence[RecordKey]]]) -> None:
        """Who is in these blocks by now."""
        for key, block in blocks:
            if len(block) > self._largest[key]:
                self._full.add(key)
            elif len(block) > 1:
                self._shared[key] = block

    async def _read(self, keys: Collection[int]) -> Members:
        """Those of these blocks that held anybody, without those that are full whatever happens."""
        most = {key: self._largest[key] + self._leaving + 1 for key in keys}
        if not most:
            return {}
        found = await self._graph.blocks(most)
        self._said = {**found.said, **self._said}
        self._full.update(key for key, block in found.members.items() if block is None)
        return {key: block for key, block in found.members.items() if block is not None}

    @cached_property
    def _leaving(self) -> int:
        """So many leave a block at most: of one of more beyond its bound too many are left."""
        left = Counter(key for one in self._placed.values() for key in one.left)
        return max(left.values(), default=0)

    async def _lasting(
        self, held: Mapping[Pair, Match], filled: Sequence[Sequence[RecordKey]]
    ) -> Mapping[Pair, Match]:
        """The pairs of others than the batch's, without those that no block finds any more."""
        others = {pair: one for pair, one in held.items() if self._changed.keys().isdisjoint(pair)}
        within: dict[RecordKey, set[int]] = {}
        for number, block in enumerate(filled):
            for record in block:
                within.setdefault(record, set()).add(number)
        parted = [p for p in others if not within.get(p[0], set()).isdisjoint(within.get(p[1], ()))]
        shared = {pair: self._shared_keys(pair) for pair in parted}
        more = await self._read({key for keys in shared.values() for key in keys} - self._met)
        self._know(more.items())
        lost = {pair for pair, keys in shared.items() if keys <= self._full}
        return {pair: one for pair, one in others.items() if pair not in lost}

    def _shared_keys(self, pair: Pair) -> Set[int]:
        one, other = (self._blocks(self._said[key]) for key in pair)
        return one & other

    def _scored(
        self, opened: Iterable[Sequence[RecordKey]]
    ) -> tuple[dict[Pair, Match], set[RecordKey]]:
        matching = self._matching
        weighing = Weighing(matching.scorer, matching.sieve, matching.forming, self._said)
        for record, others in self._partners().items():
            weighing.weigh(record, others)
        for block in opened:
            for record in block:
                weighing.weigh(record, {other for other in block if other > record})
        return weighing.found, weighing.apart

    def _unread(self) -> set[RecordKey]:
        """The records of the batch that share a contact with more than are compared."""
        if not self._full:
            return set()
        contacts = self._forming.contact_keys
        return {k for k, said in self._changed.items() if not self._full.isdisjoint(contacts(said))}

    def _partners(self) -> Mapping[RecordKey, set[RecordKey]]:
        """Whom the records of the batch are compared with; of two of it one compares."""
        partners: defaultdict[RecordKey, set[RecordKey]] = defaultdict(set)
        changed = self._changed
        for block in self._shared.values():
            for record in block:
                if record in changed:
                    partners[record].update(block)
        return {
            record: {other for other in others if other > record or other not in changed}
            for record, others in partners.items()
        }


def _itself(forms: Forms) -> Forms:
    return forms


def _evidence(
    pairs: Mapping[Pair, Match | None], held: Mapping[Pair, Match]
) -> Iterator[tuple[Pair, bool]]:
    """The pairs that are evidence now, or were before, and which of the two."""
    for pair, match in pairs.items():
        is_evidence = match is not None and match.accepted
        if is_evidence or (pair in held and held[pair].accepted):
            yield pair, is_evidence
