"""How alike records are, read for answers: what is evidence, and what was not enough to be it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.record import RecordKey

from c360_identity.domain.evidence import EvidenceEdge, Score
from c360_identity.domain.matched import ScoreReader, matched_edges, scored_refusals
from c360_identity.domain.model import Pair, pair_of
from c360_identity.domain.refusals import Refusal, Side, bounds_of
from c360_identity.domain.rules import Rules
from c360_identity.store.port import IdentityDirectory

_MOST_BETWEEN = 20


class AlikeAnswers:
    """Answers by a model; without one nothing is alike."""

    def __init__(self, store: IdentityDirectory, scores: ScoreReader | None) -> None:
        self._store = store
        self._scores = scores

    async def edges(self, keys: Collection[RecordKey]) -> Sequence[EvidenceEdge]:
        """The pairs with one of these records that are evidence."""
        if self._scores is None or not keys:
            return ()
        found = await self._store.matches_about(keys)
        return await self.edges_of([pair for pair, one in found.items() if one.accepted])

    async def edges_of(self, pairs: Iterable[Pair]) -> Sequence[EvidenceEdge]:
        """Pairs as edges, with their scores."""
        scores = await self._scored(set(pairs))
        keys = {key for pair in scores for key in pair}
        return matched_edges(scores, await self._store.records(keys)) if keys else ()

    async def refusals(
        self, asked: Pair, sides: tuple[Side, Side], rules: Rules
    ) -> Sequence[Refusal]:
        """Why likeness did not join two customers, the most alike first; the pair asked about
        among them, however little alike."""
        if self._scores is None:
            return ()
        found = await self._store.matches_about(sides[0].records)
        across = {p: m for p, m in found.items() if not sides[1].records.isdisjoint(p)}
        best = sorted(across, key=lambda pair: (-across[pair].bits, pair))[:_MOST_BETWEEN]
        edges = await self.edges_of({*best, pair_of(*asked)})
        evidence = {pair for pair, match in across.items() if match.accepted}
        return scored_refusals(edges, evidence, bounds_of(*sides, rules))

    async def _scored(self, pairs: Collection[Pair]) -> Mapping[Pair, Score]:
        if self._scores is None or not pairs:
            return {}
        said = await self._store.compared({key for pair in pairs for key in pair})
        both = ((pair, said.get(pair[0]), said.get(pair[1])) for pair in pairs)
        score = self._scores.score
        return {pair: score(one, other) for pair, one, other in both if one and other}
