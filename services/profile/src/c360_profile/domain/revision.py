"""Revisions: the states a source record was in, as its source wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from c360_kernel.record import TraitValue

_NOTHING: Mapping[str, TraitValue] = {}


@dataclass(frozen=True, slots=True)
class Revision:
    """One accepted state of a source record.

    `number` is the source's own growing revision, `observed_at` ms UTC, `traits` raw values by
    trait name.
    """

    number: int
    stamp: str
    observed_at: int
    deleted: bool = False
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)

    def outranks(self, other: Revision | None) -> bool:
        """True if this is the later state; of two with one number the smaller stamp is."""
        if other is None or self.number != other.number:
            return other is None or self.number > other.number
        return self.stamp < other.stamp


def known_at(revisions: Iterable[Revision], instant: int) -> Revision | None:
    """The state a source had observed by `instant` (ms UTC, inclusive), None if none yet."""
    winner: Revision | None = None
    for revision in revisions:
        if revision.observed_at <= instant and revision.outranks(winner):
            winner = revision
    return winner
