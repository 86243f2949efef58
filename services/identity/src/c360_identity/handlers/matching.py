"""Which pairs of records look alike now, as far as a batch changes it.

A pair is alike if its score says so and the two share a block that is not full. So whoever is
changed is compared anew. Of a block that has become full the pairs are dropped that no other block
finds; those of one that is full no longer are compared. What holds depends on the records that
there are, never on their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.evidence.model import Pair
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

Block = Mapping[RecordKey, str]
"""Who is in a block, each with the values that are compared."""
_EMPTY: Block = {}


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


class _Turned(NamedTuple):
    """Blocks that have become full, and that are so no longer: whoever of them stays in them."""

    filled: list[Block]
    opened: list[Block]

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
        self._met: set[int] = set()
        self._open: dict[int, Block] = {}
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
        )

    def _is_recast(self, key: RecordKey) -> bool:
        """Whether it is told apart from others by something else than before."""
        texts = self._before.get(key, ""), self._changed[key]
        before, now = (self._scorer.personal(self._forming.forms(text)) for text in texts)
        return before != now

    def _place(self, before: str, now: str) -> Placed:
        old, new = self._forming.keys(before), self._forming.keys(now)
        return Placed(now, new - old, old - new)

    async def _turned(self) -> _Turned:
        """Read the blocks of the batch; afterwards they are known as they are."""
        entered: dict[int, dict[RecordKey, str]] = {}
        for record, said in self._changed.items():
            for key in self._forming.keys(said):
                entered.setdefault(key, {})[record] = said
        self._met = {*entered, *(key for one in self._placed.values() for key in one.left)}
        was = await self._read(self._met)
        turned = _Turned([], [])
        for key, before in was.items():
            staying = {k: said for k, said in before.items() if k not in self._reformed}
            now = {**staying, **entered.get(key, {})}
            if is_open := len(now) <= self._largest:
                self._open[key] = now
            if is_open != (len(before) <= self._largest):
                (turned.opened if is_open else turned.filled).append(staying)
        return turned

    async def _read(self, keys: Collection[int]) -> dict[int, Block]:
        """These blocks as they were, without those that are full whatever this batch does."""
        found = await self._graph.blocks(keys, self._most) if keys else {}
        was: dict[int, Block] = {}
        for key in keys:
            block = found.get(key, _EMPTY)
            if block is not None:
                was[key] = block
                self._said.update((k, said) for k, said in block.items() if k not in self._changed)
        return was

    @cached_property
    def _most(self) -> int:
        """Of a block of so many too many are left whatever this batch takes out of it."""
        left = Counter(key for one in self._placed.values() for key in one.left)
        return self._largest + max(left.values(), default=0) + 1

    async def _lasting(
        self, held: Mapping[Pair, Match], filled: Sequence[Block]
    ) -> Mapping[Pair, Match]:
        """The pairs of others than the batch's, without those that no block finds any more."""
        others = {pair: one for pair, one in held.items() if self._changed.keys().isdisjoint(pair)}
        within: dict[RecordKey, set[int]] = {}
        for number, block in enumerate(filled):
            for record in block:
                within.setdefault(record, set()).add(number)
        parted = [p for p in others if not within.get(p[0], set()).isdisjoint(within.get(p[1], ()))]
        shared = {pair: self._shared_keys(pair) for pair in parted}
        unread = {key for keys in shared.values() for key in keys} - self._met
        more = await self._read(unread)
        self._open.update((k, block) for k, block in more.items() if len(block) <= self._largest)
        lost = {pair for pair, keys in shared.items() if self._open.keys().isdisjoint(keys)}
        return {pair: one for pair, one in others.items() if pair not in lost}

    def _shared_keys(self, pair: Pair) -> frozenset[int]:
        one, other = (self._forming.keys(self._said[key]) for key in pair)
        return one & other

    def _scored(self, opened: Iterable[Block]) -> tuple[dict[Pair, Match], set[RecordKey]]:
        found: dict[Pair, Match] = {}
        apart: set[RecordKey] = set()
        for record in self._changed:
            self._weigh(record, self._partners(record), found, apart)
        for block in opened:
            for record in block:
                self._weigh(record, {other for other in block if other > record}, found, apart)
        return found, apart

    def _unread(self) -> set[RecordKey]:
        """The records of the batch that share a contact with more than are compared."""
        full = self._met - self._open.keys()
        if not full:
            return set()
        contacts = self._forming.contact_keys
        return {key for key, said in self._changed.items() if not full.isdisjoint(contacts(said))}

    def _partners(self, record: RecordKey) -> set[RecordKey]:
        """Whom a record of the batch is compared with; of two of it one compares."""
        partners: set[RecordKey] = set()
        for key in self._forming.keys(self._changed[record]):
            partners.update(self._open.get(key, ()))
        changed = self._changed
        return {other for other in partners if other > record or other not in changed}

    def _weigh(
        self,
        record: RecordKey,
        others: Iterable[RecordKey],
        found: dict[Pair, Match],
        apart: set[RecordKey],
    ) -> None:
        forms, said, places = self._forming.forms, self._said, self._forming.contact_places
        mine = forms(said[record])
        for other in others:
            theirs = forms(said[other])
            is_first = record <= other
            one, two = (mine, theirs) if is_first else (theirs, mine)
            bits = self._scorer.bits(one, two)
            shares = self._forming.share(one, two, places)
            if bits < self._review and not shares:
                continue
            pair = (record, other) if is_first else (other, record)
            is_apart = self._scorer.are_apart(one, two)
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
