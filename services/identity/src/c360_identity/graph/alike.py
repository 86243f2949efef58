"""How alike records are, read for answers: what is evidence, and what was not enough to be it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.evidence.rules import Rules
from c360_kernel.record import RecordKey

from c360_identity.domain.evidence import EvidenceEdge, Score
from c360_identity.domain.matched import (
    ScoreReader,
    matched_edges,
    never_compared,
    scored_refusals,
)
from c360_identity.domain.refusals import Refusal, Side, bounds_of
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
        among them, however little alike, and whether it was ever compared."""
        if self._scores is None:
            return ()
        pair = pair_of(*asked)
        found = await self._store.matches_about(sides[0].records)
        across = {p: m for p, m in found.items() if not sides[1].records.isdisjoint(p)}
        best = sorted(across, key=lambda pair: (-across[pair].bits, pair))[:_MOST_BETWEEN]
        edges = await self.edges_of({*best, pair})
        evidence = {pair for pair, match in across.items() if match.accepted}
        told = scored_refusals(edges, evidence, bounds_of(*sides, rules))
        return told if pair in across else await self._of_unheld(pair, edges, told)

    async def _of_unheld(
        self, asked: Pair, edges: Sequence[EvidenceEdge], told: Sequence[Refusal]
    ) -> Sequence[Refusal]:
        """What is told besides of a pair that is not among those alike.

        It is too little alike, or nobody looked: no block holds both, or all that do are full.
        """
        edge = next((one for one in edges if (one.record, one.other) == asked), None)
        if edge is not None and edge.score is not None and edge.score.grade is not None:
            others = [one for one in told if edge not in one.edges]
            return [*others, never_compared(edge)]
        return told if await self._meet(asked) else [*told, never_compared(None)]

    async def _meet(self, pair: Pair) -> bool:
        said = await self._store.compared(pair)
        one, other = (said.get(key, "") for key in pair)
        return self._scores is not None and self._scores.meet(one, other)

    async def _scored(self, pairs: Collection[Pair]) -> Mapping[Pair, Score]:
        if self._scores is None or not pairs:
            return {}
        said = await self._store.compared({key for pair in pairs for key in pair})
        both = ((pair, said.get(pair[0]), said.get(pair[1])) for pair in pairs)
        score = self._scores.score
        return {pair: score(one, other) for pair, one, other in both if one and other}
