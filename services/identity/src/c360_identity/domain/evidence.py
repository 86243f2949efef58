"""What holds records together and what keeps them apart, edge by edge, for people to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from c360_kernel.evidence.model import StewardDecision
from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Observation
from c360_identity.domain.rulings import rulings


class EdgeState(Enum):
    """What an edge does for the customer of its record."""

    ACTIVE = "ACTIVE"
    REFUSED = "REFUSED"
    GENERIC = "GENERIC"
    RETRACTED = "RETRACTED"


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What the comparison of one field adds to a score: bits, for or against.

    `under` is the trait, or the identifier type, whose readers may know it.
    """

    under: str
    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """How alike two records are, in bits, by a version of a model.

    `grade` is the threshold of the model that it reaches, None below all: who may not know a part
    is told no more, since the sum and the other parts would say what it is.
    """

    weight: float
    model: str
    parts: tuple[ScorePart, ...] = ()
    grade: float | None = None


@dataclass(frozen=True, slots=True)
class EvidenceEdge:
    """A record carries an `identifier`, or is said to be, or looks like, the `other` record.

    `since` is a stamp; `rule` the identifier's type, or `same`, `not_same` or `score`.
    `decision` is what a steward said. Of an identifier `observed` says from when on the record is
    said to carry it, and `until` when that ended (ms UTC, None: it did not, as far as is known).
    """

    record: RecordKey
    since: str
    rule: str
    state: EdgeState
    identifier: Identifier | None = None
    other: RecordKey | None = None
    score: Score | None = None
    decision: StewardDecision | None = None
    observed: int | None = None
    until: int | None = None


def observed_edges(
    observations: Iterable[Observation], generic: Collection[Identifier]
) -> list[EvidenceEdge]:
    """The edges of records to identifiers."""
    return [
        EvidenceEdge(
            one.record,
            one.first_seen,
            one.identifier.type,
            _state(one, generic),
            identifier=one.identifier,
            observed=one.since,
        )
        for one in observations
    ]


def decided_edges(
    decisions: Collection[StewardDecision], seeds: Mapping[RecordKey, RecordKey | None]
) -> list[EvidenceEdge]:
    """The edges that stewards drew; an undo is none, what it took back is retracted.

    A `same` between records of two customers is refused: something stronger keeps them apart.
    """
    standing = {(one.pair, one.id) for one in rulings(decisions).values()}
    said = [one for one in decisions if one.kind != "undo"]
    return [
        EvidenceEdge(
            one.pair[0],
            one.stamp,
            one.kind,
            _said_state(one, seeds, is_standing=(one.pair, one.id) in standing),
            other=one.pair[1],
            decision=one,
        )
        for one in sorted(said, key=lambda one: (one.stamp, one.pair, one.id))
    ]


def _state(observation: Observation, generic: Collection[Identifier]) -> EdgeState:
    if not observation.active:
        return EdgeState.RETRACTED
    if observation.identifier in generic:
        return EdgeState.GENERIC
    return EdgeState.REFUSED if observation.refused else EdgeState.ACTIVE


def _said_state(
    decision: StewardDecision,
    seeds: Mapping[RecordKey, RecordKey | None],
    *,
    is_standing: bool,
) -> EdgeState:
    if not is_standing:
        return EdgeState.RETRACTED
    a, b = decision.pair
    seed = seeds.get(a)
    joins = decision.kind == "same" and seed is not None and seed == seeds.get(b)
    return EdgeState.ACTIVE if joins else EdgeState.REFUSED
