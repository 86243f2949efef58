"""Which of the stewards' decisions on a pair stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import attrgetter

from c360_kernel.evidence.model import Pair, StewardDecision


def ruling(decisions: Collection[StewardDecision]) -> StewardDecision | None:
    """The decision that stands among all on one pair: the latest one not taken back.

    An undo acts on decisions of its own pair with a smaller stamp, other undos included; so an
    undone undo takes nothing back. One that names no decision takes back what stood at its stamp.
    """
    taken_back: dict[str, frozenset[str]] = {}
    older: list[StewardDecision] = []
    for decision in sorted(decisions, key=attrgetter("stamp")):
        if decision.kind == "undo":
            named = frozenset((decision.undoes,)) if decision.undoes else None
            taken_back[decision.id] = _in_force(older, taken_back) if named is None else named
        older.append(decision)
    return next(_not_taken_back(older, taken_back), None)


def _in_force(
    older: Sequence[StewardDecision], taken_back: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """What stands, with what says the same right below it: said twice is taken back once."""
    held = list(_not_taken_back(older, taken_back))
    same = takewhile(lambda one: one.kind == held[0].kind, held)
    return frozenset(one.id for one in same)


def _not_taken_back(
    decisions: Sequence[StewardDecision], taken_back: Mapping[str, frozenset[str]]
) -> Iterator[StewardDecision]:
    """What nobody took back, the latest first; undos are left out."""
    undone: set[str] = set()
    for decision in reversed(decisions):
        if decision.id in undone:
            continue
        if decision.kind == "undo":
            undone |= taken_back[decision.id]
        else:
            yield decision


def rulings(decisions: Iterable[StewardDecision]) -> Mapping[Pair, StewardDecision]:
    """What stands, by pair; pairs of which nothing stands are left out."""
    by_pair: dict[Pair, list[StewardDecision]] = {}
    for decision in decisions:
        by_pair.setdefault(decision.pair, []).append(decision)
    found = {pair: ruling(group) for pair, group in by_pair.items()}
    return {pair: decision for pair, decision in found.items() if decision is not None}
