"""What the engine is told beside identifiers: pairs of records, and what stewards said of them."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.payload import DecisionKind
from c360_kernel.record import Identifier, RecordKey

Pair = tuple[RecordKey, RecordKey]
"""Two records, the smaller key first."""

Link = tuple[RecordKey, Identifier]
"""Names an observation: which record carries which identifier."""


@dataclass(frozen=True, slots=True)
class StewardDecision:
    """What a steward said of a pair of records. An undo names the decision it takes back."""

    id: str
    kind: DecisionKind
    pair: Pair
    stamp: str
    undoes: str = ""
    actor: str = ""
    reason: str = ""


def pair_of(a: RecordKey, b: RecordKey) -> Pair:
    """The pair of two records, in either order."""
    return (a, b) if a <= b else (b, a)
