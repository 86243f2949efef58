"""What a steward may have to decide: evidence that was refused and that nobody has ruled on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from c360_kernel.record import RecordKey

from c360_identity.domain.evidence import EvidenceEdge
from c360_identity.domain.model import Observation


@dataclass(frozen=True, slots=True)
class Review:
    """Evidence that says of two records that they are one customer, and was refused or is weak.

    `place` finds it again in the queue.
    """

    a: RecordKey
    b: RecordKey
    edge: EvidenceEdge
    place: str


def head_of(refused: Observation, carriers: Sequence[Observation]) -> RecordKey | None:
    """The record that a refused one would have joined: the first that carries the same."""
    others = [one for one in carriers if one.record != refused.record and not one.refused]
    first = min(others, key=attrgetter("first_seen", "record"), default=None)
    return None if first is None else first.record
