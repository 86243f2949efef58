"""Likeness as edges of evidence, for people to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from c360_kernel.evidence.model import Pair
from c360_kernel.record import RecordKey

from c360_identity.domain.evidence import EdgeState, EvidenceEdge, Score
from c360_identity.domain.model import SourceRecord
from c360_identity.domain.refusals import Refusal, RefusalKind

SCORED = "score"
"""The rule of an edge of likeness."""


class ScoreReader(Protocol):
    """Scores by the model in use; see `c360_identity.domain.matching.told_scores`."""

    def score(self, one: str, other: str) -> Score:
        """The score of two records by the values of each that are compared, as texts."""
        ...

    def meet(self, one: str, other: str) -> bool:
        """Whether a blocking rule holds for the two: else they are never compared."""
        ...


def matched_edges(
    scores: Mapping[Pair, Score], records: Mapping[RecordKey, SourceRecord]
) -> list[EvidenceEdge]:
    """The edges of pairs whose records are both known, those most alike first.

    One between two customers is refused: something stronger, or somebody as much alike, is
    between them; or they are not alike enough.
    """
    known = (pair for pair in scores if all(key in records for key in pair))
    ordered = sorted(known, key=lambda pair: (-scores[pair].weight, pair))
    return [_edge(pair, scores[pair], records) for pair in ordered]


def _edge(pair: Pair, score: Score, records: Mapping[RecordKey, SourceRecord]) -> EvidenceEdge:
    a, b = (records[key] for key in pair)
    is_one = a.seed is not None and a.seed == b.seed
    state = EdgeState.ACTIVE if is_one else EdgeState.REFUSED
    return EvidenceEdge(a.key, max(a.age, b.age), SCORED, state, other=b.key, score=score)


def never_compared(scored: EvidenceEdge | None) -> Refusal:
    """That no block brought two records together; `scored` if they would have been alike enough."""
    edges, score = ((scored,), scored.score) if scored else ((), None)
    return Refusal(RefusalKind.BLOCK, SCORED, edges, score=score)


def scored_refusals(
    edges: Iterable[EvidenceEdge],
    evidence: Collection[Pair],
    bounds: Sequence[tuple[RefusalKind, str]],
) -> Sequence[Refusal]:
    """Why likeness did not join two customers: by what is stronger, or because it is too little.

    `evidence` are the pairs that are alike enough; `bounds` what tells the customers apart.
    """
    found: list[Refusal] = []
    for edge in edges:
        is_enough = edge.other is not None and (edge.record, edge.other) in evidence
        why = bounds if is_enough and bounds else ((RefusalKind.SCORE, ""),)
        found += [Refusal(kind, SCORED, (edge,), by, score=edge.score) for kind, by in why]
    return found
