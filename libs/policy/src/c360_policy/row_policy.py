"""Whom and how many a role set is told of, for one purpose, now: `rows.yaml` as it applies to it.

A role of which nothing is said takes what is said of those that it includes, else what is said of
`*`. One that opens no question of the graph, as one that only writes, lifts nothing that is said of
others: it counts for nothing. Of several roles the one that hides least wins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from c360_policy.rows.model import EVERY_ROLE, ConsentRule, RowRule, Sees, Volume
from c360_policy.rule import ANY, TAG_PREFIX, Policy, Rule
from c360_policy.table import Coordinates, Interfaces

T = TypeVar("T")
_ENTRANCES = ("Query.customer", "Query.node", "Query.segment", "Subscription.")
"""Where customers are asked for; everything else about a customer is reached from there."""
_UNBOUNDED = Volume()
_NOTHING_MADE: Interfaces = {}


@dataclass(frozen=True)
class RowPolicy:
    """`rules` of None see everybody; `consented` are the coordinates that need a consent.

    `warned` are the pairs of roles that the policy wants kept apart, and lets in. An answer about
    more customers than `bulk` is an export. Who `is_refused` holds roles that are kept apart.
    """

    rules: tuple[Sees | None, ...] = ()
    smallest_group: int = 0
    consented: frozenset[str] = frozenset()
    volume: Volume = _UNBOUNDED
    lookups: Volume = _UNBOUNDED
    warned: tuple[tuple[str, ...], ...] = ()
    bulk: int | None = None
    is_refused: bool = False

    @cached_property
    def is_counted(self) -> bool:
        """Whether it matters how many customers are told of."""
        return self.bulk is not None or self.volume.is_bounded

    @cached_property
    def rules_text(self) -> str:
        """Equal for equal rules."""
        return json.dumps(self.rules, sort_keys=True)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Equal for those that cut operations alike."""
        return tuple(sorted(self.consented))


UNRESTRICTED = RowPolicy()


def row_policy_of(
    policy: Policy,
    roles: Iterable[str],
    purpose: str,
    coordinates: Coordinates,
    now_ms: float,
    interfaces: Interfaces = _NOTHING_MADE,
) -> RowPolicy:
    """What applies to these roles for this purpose.

    `interfaces` has by coordinate what it is made of: it needs the consents that these need.
    """
    if not policy.rows.canonical:
        return UNRESTRICTED
    applicable = _Applicable(policy, tuple(sorted(set(roles))), purpose, now_ms)
    rules = applicable.applying(policy.rows.rules)
    smallest = applicable.applying(policy.rows.smallest)
    return RowPolicy(
        tuple(None if one is None else one.sees for one in rules),
        min((number or 0 for number in smallest), default=0),
        frozenset(_consented(policy, applicable.mine, purpose, Covering(coordinates, interfaces))),
        _widest(applicable.applying(policy.rows.volumes)),
        _widest(applicable.applying(policy.rows.lookups)),
        tuple(one.named for one in policy.meeting(roles) if not one.is_refused),
        _most(list(applicable.applying(policy.rows.bulk)) or [None]),
        policy.refuses(roles),
    )


def row_rules(
    policy: Policy, roles: Iterable[str], purpose: str, now_ms: float
) -> tuple[RowRule | None, ...]:
    """The row rules of these roles, each with the role that it is said of; any is enough.

    None is a role of which nothing is said, and so that sees everybody.
    """
    applicable = _Applicable(policy, tuple(sorted(set(roles))), purpose, now_ms)
    return tuple(applicable.applying(policy.rows.rules))


class Covering(NamedTuple):
    """Coordinates with their tags, and by coordinate what it is made of."""

    coordinates: Coordinates
    interfaces: Interfaces

    def covered(self, obj: str) -> Iterator[str]:
        """What an object of a rule covers: what carries a tag, or a coordinate and what is made of
        it. What is made of something carries its tags by itself."""
        if obj.startswith(TAG_PREFIX):
            tag = obj.removeprefix(TAG_PREFIX)
            yield from (name for name, tags in self.coordinates.items() if tag in tags)
        else:
            yield obj
            yield from (name for name, parts in self.interfaces.items() if obj in parts)


@dataclass(frozen=True)
class _Applicable:
    policy: Policy
    roles: tuple[str, ...]
    purpose: str
    now_ms: float

    @property
    def mine(self) -> frozenset[str]:
        return self.policy.closure(self.roles)

    def applying(self, by_role: Mapping[str, T]) -> list[T | None]:
        """What is said of each role that counts, None for one of which nothing is."""
        return [one for role in self.roles for one in self._of(role, by_role)] if by_role else []

    def _of(self, role: str, by_role: Mapping[str, T]) -> Iterator[T | None]:
        own = tuple(self._own(role, by_role, frozenset()))
        if own:
            yield from own
        elif EVERY_ROLE in by_role:
            yield by_role[EVERY_ROLE]
        elif self._opens(role):
            yield None

    def _own(self, role: str, by_role: Mapping[str, T], above: frozenset[str]) -> Iterator[T]:
        if role in by_role:
            yield by_role[role]
            return
        for base in sorted(self.policy.inherits.get(role, frozenset()) - above):
            yield from self._own(base, by_role, above | {role})

    def _opens(self, role: str) -> bool:
        mine = self.policy.closure((role,))
        held = (one for one in self.policy.rules if one.role in mine)
        return any(_is_entrance(one) and one.holds(self.purpose, self.now_ms) for one in held)


def _is_entrance(rule: Rule) -> bool:
    granted = rule.act == "read" and rule.effect == "allow"
    return granted and (rule.obj in (ANY, "Query.*") or rule.obj.startswith(_ENTRANCES))


def _widest(volumes: list[Volume | None]) -> Volume:
    if not volumes or None in volumes:
        return _UNBOUNDED
    known = [one for one in volumes if one is not None]
    return Volume(_most([one.per_hour for one in known]), _most([one.per_day for one in known]))


def _most(numbers: list[int | None]) -> int | None:
    return None if None in numbers else max(one for one in numbers if one is not None)


def _consented(
    policy: Policy, mine: frozenset[str], purpose: str, covering: Covering
) -> Iterator[str]:
    """Any of the roles that needs a consent is enough."""
    for rule in policy.rows.consents:
        if rule.serves(purpose) and _speaks_of(rule, mine):
            yield from covering.covered(rule.obj)


def _speaks_of(rule: ConsentRule, mine: frozenset[str]) -> bool:
    return EVERY_ROLE in rule.roles or not mine.isdisjoint(rule.roles)
