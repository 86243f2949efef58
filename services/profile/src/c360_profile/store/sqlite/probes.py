"""Whether the customer of an id meets a condition, asked of indexes before it is read."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.conditions.facts import tallied_by
from c360_kernel.conditions.tree import All, AnyOf, Not, ValueCondition, ValueTest

from c360_profile.store.sqlite.candidates import Candidates, candidates
from c360_profile.store.sqlite.counting import asked_of
from c360_profile.store.sqlite.selection import Selection

_TRUE, _FALSE = "1", "0"


def asked_by_id(condition: ValueCondition, customer: str, select: Selection) -> str | None:
    """An expression that says of a live customer whether it does; None if indexes do not say it."""
    match condition:
        case ValueTest():
            return _of_test(condition, customer, select)
        case Not(part):
            asked = asked_by_id(part, customer, select)
            return None if asked is None else f"NOT ({asked})"
        case All(parts):
            return _joined(" AND ", _TRUE, [asked_by_id(one, customer, select) for one in parts])
        case AnyOf(parts):
            return _joined(" OR ", _FALSE, [asked_by_id(one, customer, select) for one in parts])


def has_value(select: Selection, found: Candidates, customer: str) -> str:
    """Whether a customer has the one value of these candidates."""
    return (
        f"EXISTS (SELECT 1 FROM golden o WHERE o.trait = {select.bind(found.trait)}"
        f" AND o.value = {select.bind(found.value)} AND o.customer = {customer})"
    )


def _of_test(test: ValueTest, customer: str, select: Selection) -> str | None:
    if (tallied := tallied_by(test.name)) is not None:
        return asked_of(test, tallied, customer, select.bind)
    found = candidates(test, select.bind)
    return has_value(select, found, customer) if found is not None and found.trait else None


def _joined(word: str, of_none: str, parts: Sequence[str | None]) -> str | None:
    known = [one for one in parts if one is not None]
    if len(known) < len(parts):
        return None
    return f"({word.join(known)})" if known else of_none
