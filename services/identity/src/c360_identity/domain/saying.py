"""Folds a statement into what is held of its record: the same in any order, once or twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from c360_kernel.revisions import first_seen, holding, leading

from c360_identity.domain.model import Statement

Outcome = Literal["APPLIED", "DUPLICATE", "OUTDATED", "DEAD_LETTERED"]
"""What became of an entry, for whoever waits for it. It never influences state."""


class Said(NamedTuple):
    """What can matter of a record's statements, and what is put aside of those at one number."""

    held: tuple[Statement, ...]
    aside: tuple[Statement, ...]
    outcome: Outcome


def said_with(held: tuple[Statement, ...], aside: Iterable[Statement], told: Statement) -> Said:
    """What is held once `told` is known too; `aside` are those of its number put aside before."""
    known = first_seen((*held, *aside))
    before = known.get((told.own, told.number, told.content))
    known = first_seen((*known.values(), told))
    after = _mattering(known.values())
    return Said(
        after,
        tuple(one for one in known.values() if one not in after),
        _outcome(holding(held), before, holding(after), told),
    )


def _mattering(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    told = list(statements)
    live = leading(one for one in told if not one.deleted)
    return tuple(sorted((*live, *leading(one for one in told if one.deleted))))


def _outcome(
    current: Statement | None, before: Statement | None, after: Statement | None, told: Statement
) -> Outcome:
    if before is not None:
        return "APPLIED" if before.stamp == told.stamp else "DUPLICATE"
    if current is not None and current.content == told.content:
        return "DUPLICATE"
    return "APPLIED" if after == told else "OUTDATED"
