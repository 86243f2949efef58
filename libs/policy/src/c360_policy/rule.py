"""Policy as values: rules, role inheritance, and one version for the whole."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from c360_policy.mask.spec import MaskSpec
from c360_policy.rows.model import NO_ROWS, ApartRoles, Rows

Act = Literal["read", "write", "lookup", "filter", "export", "introspect", "ask", "break_glass"]
Effect = Literal["allow", "deny"]
ANY = "*"
TAG_PREFIX = "tag:"
ROLE_PREFIX = "role:"
"""Begins the object of rules about opening a role for a while."""
AD_HOC = "operation:ad-hoc"
"""The object of rules about operations that nobody registered beforehand."""
UNAPPROVED = "policy:unapproved"
"""The object of rules that let no policy come into force which one person alone wanted."""
FOREVER = math.inf


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy line. Times are milliseconds UTC: valid from `not_before` until `not_after`.

    `line` says where it is written, from 1; it is no part of what the rule means.
    """

    role: str
    obj: str
    act: Act
    mask: MaskSpec | None
    effect: Effect
    purpose: str
    not_before: float
    not_after: float
    rule_id: str
    line: int = field(default=0, compare=False, repr=False)

    def holds(self, purpose: str, now_ms: float) -> bool:
        """Whether the rule counts for this purpose at this time."""
        return self.serves(purpose) and self.not_before <= now_ms < self.not_after

    def serves(self, purpose: str) -> bool:
        """Whether the rule is about this purpose."""
        return self.purpose in (ANY, purpose)


@dataclass(frozen=True)
class Policy:
    """All rules, who inherits from whom (role -> roles it includes), and what `rows.yaml` says."""

    rules: tuple[Rule, ...]
    inherits: Mapping[str, frozenset[str]]
    rows: Rows = NO_ROWS

    @cached_property
    def version(self) -> str:
        """SHA-256 of the canonical policy, hex: the order of its lines means nothing."""
        lines = sorted(repr(rule) for rule in self.rules)
        links = sorted(f"{role}>{base}" for role, bases in self.inherits.items() for base in bases)
        rows = (self.rows.canonical,) if self.rows.canonical else ()
        return hashlib.sha256("\n".join((*lines, *links, *rows)).encode()).hexdigest()

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that a rule or a link names."""
        return frozenset(rule.role for rule in self.rules).union(self.inherits)

    @cached_property
    def limits_ad_hoc(self) -> bool:
        """Whether any rule is about asking; without one, every role may send what it likes."""
        return any(rule.act == "ask" for rule in self.rules)

    def demands_approval(self, now_ms: float) -> bool:
        """Whether another policy comes into force only once somebody else approved it."""
        return any(
            rule.obj == UNAPPROVED
            and rule.effect == "deny"
            and rule.not_before <= now_ms < rule.not_after
            for rule in self.rules
        )

    @cached_property
    def glass_roles(self) -> frozenset[str]:
        """Roles that hold for nobody until they are opened, whoever names them."""
        return frozenset(
            rule.obj.removeprefix(ROLE_PREFIX) for rule in self.rules if rule.act == "break_glass"
        )

    def active_roles(self, roles: Iterable[str], opened: Iterable[str] = ()) -> tuple[str, ...]:
        """The roles that hold: those that need no opening, and those that are open."""
        return tuple(sorted((frozenset(roles) - self.glass_roles).union(opened)))

    def closure(self, roles: Iterable[str]) -> frozenset[str]:
        """The given roles and all that they include."""
        found = set(roles)
        waiting = list(found)
        while waiting:
            fresh = self.inherits.get(waiting.pop(), frozenset()) - found
            found |= fresh
            waiting.extend(fresh)
        return frozenset(found)

    def meeting(self, roles: Iterable[str]) -> tuple[ApartRoles, ...]:
        """The pairs to be kept apart that are together in these roles and all that they include."""
        if not self.rows.apart:
            return ()
        held = self.closure(roles)
        return tuple(one for one in self.rows.apart if one.roles <= held)

    def refuses(self, roles: Iterable[str]) -> bool:
        """Whether nobody may do anything with these roles together."""
        return any(one.is_refused for one in self.meeting(roles))


DENY_ALL = Policy((), {})
"""What holds while there is no policy to read."""


def covers(obj: str, effect: str, coordinate: str, tag: str) -> bool:
    """Whether a rule's object is about a coordinate (with one of its tags, "" for none).

    A wildcard, and a field named for its arguments, grant only what is untagged; they deny
    everything below them.
    """
    if obj == coordinate:
        return True
    if obj.startswith(TAG_PREFIX):
        return bool(tag) and obj[len(TAG_PREFIX) :] == tag
    if tag and effect != "deny":
        return False
    return obj in wildcards(coordinate)


def wildcards(coordinate: str) -> tuple[str, ...]:
    """The objects other than itself and its tags that may cover a coordinate."""
    owner, _, member = coordinate.partition(".")
    if "(" in member:
        return (ANY, f"{owner}.*", coordinate.partition("(")[0])
    return (ANY, f"{owner}.*")
