"""Which of the stewards' decisions on a pair stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter

from c360_identity.domain.model import Pair, StewardDecision


def ruling(decisions: Collection[StewardDecision]) -> StewardDecision | None:
    """The decision that stands among all on one pair: the latest one not taken back.

    An undo acts on decisions of its own pair with a smaller stamp, other undos
    included; so an undone undo takes nothing back.
    """
    undone: set[str] = set()
    for decision in sorted(decisions, key=attrgetter("stamp"), reverse=True):
        if decision.id in undone:
            continue
        if decision.kind != "undo":
            return decision
        undone.add(decision.undoes)
    return None


def rulings(decisions: Iterable[StewardDecision]) -> Mapping[Pair, StewardDecision]:
    """What stands, by pair; pairs of which nothing stands are left out."""
    by_pair: dict[Pair, list[StewardDecision]] = {}
    for decision in decisions:
        by_pair.setdefault(decision.pair, []).append(decision)
    found = {pair: ruling(group) for pair, group in by_pair.items()}
    return {pair: decision for pair, decision in found.items() if decision is not None}
