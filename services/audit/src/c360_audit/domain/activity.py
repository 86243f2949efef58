"""How much whom was active, hour by hour: what anomalies are told by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from functools import lru_cache

from c360_kernel.payload import CoordinateUse, OperationAudited

HOUR_MS = 3_600_000
_REFUSING = frozenset({"refusal", "login_failed", "policy_refused"})


class Sign(IntFlag):
    """What an operation counts as, besides being one."""

    REFUSED = 1
    """It was refused, or something in it was."""
    LOOKUP = 2
    """It looked somebody up by a value that the caller knew."""
    MISSED = 4
    """It looked somebody up and found nobody."""


@dataclass(frozen=True, slots=True, order=True)
class Actor:
    """A principal with the roles (sorted) that it asked with."""

    principal: str
    roles: tuple[str, ...]

    @classmethod
    def of(cls, operation: OperationAudited) -> Actor:
        """Who did it."""
        return cls(operation.principal, tuple(sorted(set(operation.roles))))


@dataclass(frozen=True, slots=True)
class Activity:
    """What an actor did in one hour; `hour` counts from 1970, UTC.

    `customers` is how many different ones it touched; the others count operations.
    """

    actor: Actor
    hour: int
    operations: int
    refused: int = 0
    lookups: int = 0
    missed: int = 0
    customers: int = 0


def signs_of(operation: OperationAudited) -> Sign:
    """What an operation counts as."""
    is_missed = not operation.subjects and operation.outcome == "answered"
    is_refused = operation.kind in _REFUSING or operation.outcome == "refused"
    return _signs(operation.uses, is_refused, is_missed)


# As for marks: thousands of entries in a row have equal uses.
@lru_cache(maxsize=4_096)
def _signs(uses: tuple[CoordinateUse, ...], is_refused: bool, is_missed: bool) -> Sign:
    signs = Sign(0)
    if is_refused or any(use.decision == "deny" for use in uses):
        signs |= Sign.REFUSED
    if any(use.use == "lookup" and use.decision != "deny" for use in uses):
        signs |= Sign.LOOKUP | (Sign.MISSED if is_missed else Sign(0))
    return signs


@dataclass(slots=True)
class _Hour:
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    customers: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Act:
    """As much of an operation as is counted."""

    actor: Actor
    at: int
    times: int
    signs: Sign
    subjects: Sequence[str]


def tally(acts: Iterable[Act]) -> list[Activity]:
    """Count acts by actor and hour, in that order."""
    hours: dict[tuple[Actor, int], _Hour] = {}
    for act in acts:
        found = hours.setdefault((act.actor, act.at // HOUR_MS), _Hour())
        signs = (Sign.REFUSED, Sign.LOOKUP, Sign.MISSED)
        for place, is_counted in enumerate((True, *(bool(act.signs & one) for one in signs))):
            found.counts[place] += act.times if is_counted else 0
        found.customers.update(act.subjects)
    by_hour = sorted(hours.items(), key=lambda one: one[0])
    return [counted(*named, found.counts, len(found.customers)) for named, found in by_hour]


def counted(actor: Actor, hour: int, counts: Sequence[int], customers: int) -> Activity:
    """An activity of its counts: operations, those refused, look-ups, and those that missed."""
    operations, refused, lookups, missed = counts
    return Activity(actor, hour, operations, refused, lookups, missed, customers)
