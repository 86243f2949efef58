"""The compiled policy: what one role set may do with every coordinate, for one purpose, now.

Proved equal to `Enforcer.enforce` by a property test. A coordinate with several tags needs a
grant for each of them; any deny wins; of several grants the one that hides least wins.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from c360_policy.compared import comparisons
from c360_policy.mask.spec import MaskSpec, openness
from c360_policy.rule import (
    AD_HOC,
    ANY,
    FOREVER,
    ROLE_PREFIX,
    TAG_PREFIX,
    Act,
    Policy,
    Rule,
    wildcards,
)

Action = Literal["allow", "mask", "deny"]
Coordinates = Mapping[str, frozenset[str]]
"""Every coordinate of a schema with its tags (none: not personal)."""
Interfaces = Mapping[str, tuple[str, ...]]
"""The coordinates of interfaces that a coordinate implements."""
_NO_INTERFACES: Interfaces = {}
_GRAPH: tuple[Act, ...] = ("read", "write", "lookup", "filter", "export")


@dataclass(frozen=True, slots=True)
class Access:
    """What policy says to one act on one coordinate, by which rules, until when (ms UTC)."""

    action: Action
    mask: MaskSpec | None = None
    rule_ids: tuple[str, ...] = ()
    valid_until: float = FOREVER

    def __str__(self) -> str:
        return f"mask:{self.mask}" if self.action == "mask" else self.action


DENIED = Access("deny")


@dataclass(frozen=True)
class PolicyTable:
    """Decisions by coordinate. What it does not hold is denied."""

    policy_version: str
    reads: Mapping[str, Access]
    writes: Mapping[str, Access]
    lookups: Mapping[str, Access]
    filters: Mapping[str, Access]
    exports: Mapping[str, Access]
    opens: Mapping[str, Access]
    may_introspect: bool
    may_ask_ad_hoc: bool
    tags: Coordinates
    valid_until: float
    roles: tuple[str, ...] = ()

    def read(self, coordinate: str) -> Access:
        """What seeing or using this coordinate is answered with."""
        return self.reads.get(coordinate, DENIED)

    def write(self, coordinate: str) -> Access:
        """What a mutation through this coordinate is answered with."""
        return self.writes.get(coordinate, DENIED)

    def forbids_writing(self, coordinate: str) -> bool:
        """Whether a rule denies writing what this coordinate shows, or it is not known at all."""
        found = self.writes.get(coordinate, DENIED)
        return found.action == "deny" and (bool(found.rule_ids) or coordinate not in self.tags)

    def lookup(self, coordinate: str) -> Access:
        """What finding somebody by the whole value of this coordinate is answered with."""
        return self.lookups.get(coordinate, DENIED)

    def filter(self, coordinate: str) -> Access:
        """What rules about filtering and sorting say of this coordinate."""
        return self.filters.get(coordinate, DENIED)

    def export(self, coordinate: str) -> Access:
        """What rules about leaving in bulk say of this coordinate."""
        return self.exports.get(coordinate, DENIED)

    def finding(self, coordinate: str) -> Access:
        """Who may read a value may also look up by it, unless a rule about look-ups denies it."""
        return _beside(self.lookup(coordinate), self.read(coordinate))

    def filtering(self, coordinate: str) -> Access:
        """Who may read a value may also filter and sort by it, unless a rule about that denies it.

        A rule that allows it lets values be compared that are not read, and so found by trying.
        """
        return _beside(self.filter(coordinate), self.reading_compared(coordinate))

    def reading_compared(self, coordinate: str) -> Access:
        """What reading all that a comparison would tell of is answered with."""
        own, *shown = map(self.read, self.told_by(coordinate))
        return next((one for one in (own, *shown) if one.action != "allow"), own)

    def told_by(self, coordinate: str) -> tuple[str, ...]:
        """A coordinate, and those that show what a comparison by it tells of."""
        return (coordinate, *self._comparisons.get(coordinate, ()))

    def exporting(self, coordinate: str) -> Access:
        """As what a value may leave in bulk: as it is read, and only where a rule allows that."""
        own = self.export(coordinate)
        return self.read(coordinate) if own.action == "allow" else own

    def opening(self, role: str) -> Access:
        """Whether a role that holds for nobody may be opened for a while."""
        return self.opens.get(role, DENIED)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for tables that decide everything alike, so that they may share caches.

        A denial by a rule and one for want of a grant are not alike: writing tells them apart.
        What may be asked at all is decided before anything is looked up there.
        """
        digest = hashlib.sha256(b"introspect" if self.may_introspect else b"")
        for name, decisions in self._acts:
            for coordinate in sorted(decisions):
                found = decisions[coordinate]
                by_rule = bool(found.rule_ids)
                digest.update(f"{name}\0{coordinate}\0{found}\0{by_rule}\n".encode())
        return digest.hexdigest()

    @cached_property
    def _comparisons(self) -> Mapping[str, tuple[str, ...]]:
        return comparisons(self.tags)

    @property
    def _acts(self) -> tuple[tuple[Act, Mapping[str, Access]], ...]:
        return (
            ("read", self.reads),
            ("write", self.writes),
            ("lookup", self.lookups),
            ("filter", self.filters),
            ("export", self.exports),
            ("break_glass", self.opens),
        )


def _beside(own: Access, read: Access) -> Access:
    """What a right of its own says where it says anything, else what reading says."""
    denied = own.action == "deny" and own.rule_ids
    return own if denied or (own.action == "allow" and read.action != "allow") else read


NO_RIGHTS = PolicyTable("", {}, {}, {}, {}, {}, {}, False, False, {}, FOREVER)
"""The table of whoever nothing was decided for."""


def compile_table(
    policy: Policy,
    roles: Iterable[str],
    purpose: str,
    coordinates: Coordinates,
    now_ms: float,
    interfaces: Interfaces = _NO_INTERFACES,
) -> PolicyTable:
    """Decide every coordinate once for these roles and this purpose.

    What denies a field of an interface denies it in every type that has it from there. Roles that
    the policy keeps apart may do nothing together.
    """
    roles = frozenset(roles)
    is_refused = policy.refuses(roles)
    mine = frozenset[str]() if is_refused else policy.closure(roles)
    relevant = [rule for rule in policy.rules if rule.role in mine and rule.serves(purpose)]
    by_act = {
        act: _decide_all(_Rules(relevant, act, now_ms), coordinates, interfaces) for act in _GRAPH
    }
    opens = _decide_roles(_Rules(relevant, "break_glass", now_ms), policy)
    introspect = _Rules(relevant, "introspect", now_ms).decide(ANY, frozenset())
    may_ask = _Rules(relevant, "ask", now_ms).decide(AD_HOC, frozenset())
    in_graph = (one for decisions in by_act.values() for one in decisions.values())
    decided = (*in_graph, *opens.values(), introspect, may_ask)
    return PolicyTable(
        policy_version=policy.version,
        reads=by_act["read"],
        writes=by_act["write"],
        lookups=by_act["lookup"],
        filters=by_act["filter"],
        exports=by_act["export"],
        opens=opens,
        may_introspect=introspect.action == "allow",
        may_ask_ad_hoc=may_ask.action == "allow" or not (is_refused or policy.limits_ad_hoc),
        tags=coordinates,
        roles=tuple(sorted(roles)),
        valid_until=min((decision.valid_until for decision in decided), default=FOREVER),
    )


def _decide_all(
    rules: _Rules, coordinates: Coordinates, interfaces: Interfaces
) -> dict[str, Access]:
    if rules.say_nothing:
        # What a table does not hold is denied.
        return {}
    return {
        name: rules.decide(name, tags, interfaces.get(name, ()))
        for name, tags in coordinates.items()
    }


def _decide_roles(rules: _Rules, policy: Policy) -> dict[str, Access]:
    return {role: rules.decide(ROLE_PREFIX + role, frozenset()) for role in policy.glass_roles}


class _Rules:
    """The rules of one act, found by the object that they name."""

    def __init__(self, rules: list[Rule], act: Act, now_ms: float) -> None:
        self._now = now_ms
        self._by_object: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            if rule.act == act and rule.not_after > now_ms:
                self._by_object[rule.obj].append(rule)

    @property
    def say_nothing(self) -> bool:
        return not self._by_object

    def decide(
        self, coordinate: str, tags: frozenset[str], implemented: tuple[str, ...] = ()
    ) -> Access:
        direct = self._named(coordinate)
        tagged = {tag: self._named(TAG_PREFIX + tag) for tag in sorted(tags)}
        below = [rule for name in wildcards(coordinate) for rule in self._named(name)]
        candidates = [*direct, *below, *(rule for rules in tagged.values() for rule in rules)]
        candidates += (rule for one in implemented for rule in self._denying(one))
        until = _next_change(candidates, self._now)
        active = [rule for rule in candidates if rule.not_before <= self._now]
        denials = [rule.rule_id for rule in active if rule.effect == "deny"]
        if denials:
            return Access("deny", None, tuple(dict.fromkeys(denials)), until)
        # Without a tag the wildcards grant; with tags each of them has to be granted.
        needed = [[*direct, *rules] for rules in tagged.values()] or [[*direct, *below]]
        return _strictest([_most_open(self._active(rules)) for rules in needed], until)

    def _denying(self, coordinate: str) -> Iterator[Rule]:
        for name in (coordinate, *wildcards(coordinate)):
            yield from (rule for rule in self._named(name) if rule.effect == "deny")

    def _named(self, name: str) -> list[Rule]:
        return self._by_object.get(name, [])

    def _active(self, rules: list[Rule]) -> list[Rule]:
        return [rule for rule in rules if rule.not_before <= self._now]


def _next_change(rules: list[Rule], now_ms: float) -> float:
    times = [rule.not_before if rule.not_before > now_ms else rule.not_after for rule in rules]
    return min(times, default=FOREVER)


def _most_open(rules: list[Rule]) -> Rule | None:
    return min(rules, key=_hidden, default=None)


def _hidden(rule: Rule) -> tuple[int, ...]:
    return (-1,) if rule.mask is None else openness(rule.mask)


def _strictest(grants: list[Rule | None], until: float) -> Access:
    granted = [rule for rule in grants if rule is not None]
    if len(granted) < len(grants):
        return Access("deny", None, (), until)
    ids = tuple(dict.fromkeys(rule.rule_id for rule in granted))
    mask = max(granted, key=_hidden).mask
    return Access("allow" if mask is None else "mask", mask, ids, until)
