"""Folds a statement into what is held of its record: the same in any order, once or twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from c360_kernel.revisions import first_seen, holding, holding_part, mattering

from c360_identity.domain.marks import read_marks
from c360_identity.domain.model import Statement

Outcome = Literal["APPLIED", "DUPLICATE", "OUTDATED", "DEAD_LETTERED"]
"""What became of an entry, for whoever waits for it. It never influences state."""


class FoldedStatements(NamedTuple):
    """What can matter of a record's statements, and what is put aside of those at one number."""

    held: tuple[Statement, ...]
    aside: tuple[Statement, ...]
    outcome: Outcome


def fold_statement(
    held: tuple[Statement, ...], aside: Sequence[Statement], statement: Statement
) -> FoldedStatements:
    """What is held once a statement is known too; `aside` are those of its number put aside."""
    if not (held or aside):
        return FoldedStatements((statement,), (), "APPLIED")
    known = first_seen((*held, *aside))
    before = known.get((statement.own, statement.number, statement.content))
    known = first_seen((*known.values(), statement))
    after = _mattering(list(known.values()))
    return FoldedStatements(
        after,
        tuple(one for one in known.values() if one not in after),
        _change(held, after, statement) if before is None else _repetition(before, statement),
    )


def _mattering(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    kept = mattering(statements)
    if any(one.deleted for one in statements):
        # What a deleted record carried at last still leads to its customer.
        kept += [
            one for one in mattering(o for o in statements if not o.deleted) if one not in kept
        ]
    return tuple(sorted(kept, key=lambda one: (one.own, one.number, one.stamp)))


def _repetition(before: Statement, statement: Statement) -> Outcome:
    return "APPLIED" if before.stamp == statement.stamp else "DUPLICATE"


def _change(held: Sequence[Statement], after: Sequence[Statement], statement: Statement) -> Outcome:
    """`APPLIED` had an effect; `DUPLICATE` says what holds anyway; the rest is `OUTDATED`."""
    current = holding(held)
    if all(one.named is None for one in (*held, statement)):
        if current is not None and current.content == statement.content:
            return "DUPLICATE"
        return "APPLIED" if holding(after) == statement else "OUTDATED"
    now = _effect(held)
    if _effect(after) != now:
        return "APPLIED"
    return "DUPLICATE" if now is not None and _agrees(statement, now) else "OUTDATED"


class _Effect(NamedTuple):
    """What holds of a record, as marks."""

    deleted: bool
    marks: Mapping[str, str]


def _effect(statements: Sequence[Statement]) -> _Effect | None:
    current = holding(statements)
    if current is None or current.deleted:
        return None if current is None else _Effect(deleted=True, marks={})
    marks = {one.stamp: read_marks(one.marks) for one in statements}
    found: dict[str, str] = {}
    for part in {part for stated in marks.values() for part in stated}:
        held = holding_part(part, statements)
        if held is not None and part in marks[held.stamp]:
            found[part] = marks[held.stamp][part]
    return _Effect(deleted=False, marks=found)


def _agrees(statement: Statement, now: _Effect) -> bool:
    stated = read_marks(statement.marks)
    if statement.named is None:
        return (statement.deleted, stated) == (now.deleted, now.marks)
    return not now.deleted and all(
        stated.get(part) == now.marks.get(part) for part in statement.named
    )
