"""Which pairs of records look alike now, as far as a batch changes it.

A pair is alike if its score says so and the two share a block that is not full. So whoever is
changed is compared anew, and so is everybody in a block that has become full, or is so no longer:
what holds depends on the records that there are, never on their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.evidence.solver import Matches
from c360_kernel.record import RecordKey

from c360_identity.domain.matching.forming import Forming, FormsOf
from c360_identity.domain.matching.likeness import FormLikeness
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.scoring import Scorer
from c360_identity.domain.matching.told_scores import ModelScores
from c360_identity.domain.working_set import WorkingSet
from c360_identity.handlers.compared import Compared
from c360_identity.store.matching_port import Match, MatchingChanges, MatchingGraph, Placed

Block = dict[RecordKey, str]


class Matching:
    """Compares by one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.scorer = Scorer(model)
        self.forming = Forming(model)

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
        self, graph: MatchingGraph, records: Collection[RecordKey], pairs: Mapping[Pair, float]
    ) -> Matches:
        """The evidence of these records, for a solve."""
        forms = FormsOf(await graph.compared(records), self.forming.forms)
        return Matches(FormLikeness(self.scorer, forms), pairs, self.forming.contacts)

    def _said(self, working: WorkingSet, key: RecordKey) -> str:
        record = working.records[key]
        active = (i for i, o in working.observations[key].items() if o.active)
        return "" if record.deleted else self.forming.text(record.compared, active)


class _Comparison:
    def __init__(
        self,
        matching: Matching,
        graph: MatchingGraph,
        before: Mapping[RecordKey, str],
        changed: Mapping[RecordKey, str],
    ) -> None:
        self._scorer, self._forming = matching.scorer, matching.forming
        self._accept, self._review = matching.model.accept, matching.model.review
        self._largest = matching.model.largest_block
        self._reformed = changed.keys() & before.keys()
        self._graph = graph
        self._before = before
        self._changed = changed
        self._placed = {
            key: self._place(before.get(key, ""), said) for key, said in changed.items()
        }
        self._blocks: dict[int, Block] = {}
        self._said: dict[RecordKey, str] = dict(changed)

    async def run(self, known: Collection[RecordKey]) -> Compared:
        affected = await self._affected()
        held = await self._graph.matches_about(affected)
        found, apart = self._scored(affected)
        pairs = {p: found.get(p) for p in {*held, *found} if held.get(p) != found.get(p)}
        reformed = frozenset(self._changed.keys() & known)
        return Compared(
            MatchingChanges(self._placed, pairs),
            dict(_evidence(pairs, held)),
            reformed,
            frozenset(filter(self._is_recast, reformed)),
            frozenset(apart),
        )

    def _is_recast(self, key: RecordKey) -> bool:
        """Whether it is told apart from others by something else than before."""
        texts = self._before.get(key, ""), self._changed[key]
        before, now = (self._scorer.personal(self._forming.forms(text)) for text in texts)
        return before != now

    def _place(self, before: str, now: str) -> Placed:
        old, new = self._forming.keys(before), self._forming.keys(now)
        return Placed(now, new - old, old - new)

    async def _affected(self) -> list[RecordKey]:
        """Whoever has to be compared anew; afterwards all their blocks are known as they are."""
        keys = {key for said in self._changed.values() for key in self._forming.keys(said)}
        keys.update(key for one in self._placed.values() for key in one.left)
        was = await self._read(keys)
        others: Block = {}
        for key in keys:
            before, now = was.get(key, {}), self._blocks.get(key, {})
            if (len(before) > self._largest) != (len(now) > self._largest):
                others.update(before)
        self._said.update((k, said) for k, said in others.items() if k not in self._said)
        more = {key for k in others for key in self._forming.keys(self._said[k])}
        await self._read(more - keys)
        return list({**others, **self._changed})

    async def _read(self, keys: Collection[int]) -> Mapping[int, Mapping[RecordKey, str]]:
        """The blocks as they were; `_blocks` has them as they are."""
        if not keys:
            return {}
        was = await self._graph.blocks(keys, self._most)
        for key in keys:
            block = self._blocks[key] = dict(was.get(key, {}))
            for record in block.keys() & self._reformed:
                del block[record]
            self._said.update(block)
        for record, said in self._changed.items():
            for key in self._forming.keys(said) & self._blocks.keys():
                self._blocks[key][record] = said
        return was

    @cached_property
    def _most(self) -> int:
        """Of a block of so many too many are left whatever this batch takes out of it."""
        left = Counter(key for one in self._placed.values() for key in one.left)
        return self._largest + max(left.values(), default=0) + 1

    def _scored(self, affected: Iterable[RecordKey]) -> tuple[dict[Pair, Match], set[RecordKey]]:
        found: dict[Pair, Match] = {}
        apart: set[RecordKey] = set()
        seen: set[Pair] = set()
        for record in affected:
            for other in self._partners(record):
                pair = pair_of(record, other)
                if pair not in seen:
                    seen.add(pair)
                    self._weigh(pair, found, apart)
        return found, apart

    def _partners(self, record: RecordKey) -> set[RecordKey]:
        partners: set[RecordKey] = set()
        for key in self._forming.keys(self._said[record]):
            block = self._blocks[key]
            if len(block) <= self._largest:
                partners.update(block)
        partners.discard(record)
        return partners

    def _weigh(self, pair: Pair, found: dict[Pair, Match], apart: set[RecordKey]) -> None:
        one, other = (self._forming.forms(self._said[key]) for key in pair)
        bits = self._scorer.bits(one, other)
        shares = self._forming.share(one, other, self._forming.contact_places)
        if bits < self._review and not shares:
            return
        is_apart = self._scorer.are_apart(one, other)
        if shares and is_apart:
            apart.update(pair)
        if bits >= self._review:
            found[pair] = Match(bits, bits >= self._accept and not is_apart)


def _evidence(
    pairs: Mapping[Pair, Match | None], held: Mapping[Pair, Match]
) -> Iterator[tuple[Pair, bool]]:
    """The pairs that are evidence now, or were before, and which of the two."""
    for pair, match in pairs.items():
        is_evidence = match is not None and match.accepted
        if is_evidence or (pair in held and held[pair].accepted):
            yield pair, is_evidence
