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

from c360_policy.mask.spec import MaskSpec, openness
from c360_policy.rule import (
    AD_HOC,
    ANY,
    FOREVER,
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
    may_introspect: bool
    may_ask_ad_hoc: bool
    tags: Coordinates
    valid_until: float

    def read(self, coordinate: str) -> Access:
        """What seeing or using this coordinate is answered with."""
        return self.reads.get(coordinate, DENIED)

    def write(self, coordinate: str) -> Access:
        """What a mutation through this coordinate is answered with."""
        return self.writes.get(coordinate, DENIED)

    def forbids_writing(self, coordinate: str) -> bool:
        """Whether a rule denies writing what this coordinate shows, or it is not known at all."""
        found = self.writes.get(coordinate, DENIED)
        return found.action == "deny" and (bool(found.rule_ids) or coordinate not in self.writes)

    def lookup(self, coordinate: str) -> Access:
        """What finding somebody by the whole value of this coordinate is answered with."""
        return self.lookups.get(coordinate, DENIED)

    def finding(self, coordinate: str) -> Access:
        """Who may read a value may also look up by it, unless a rule about look-ups denies it."""
        own, read = self.lookup(coordinate), self.read(coordinate)
        denied = own.action == "deny" and own.rule_ids
        return own if denied or (own.action == "allow" and read.action != "allow") else read

    @cached_property
    def fingerprint(self) -> str:
        """Equal for tables that decide everything alike, so that they may share caches.

        A denial by a rule and one for want of a grant are not alike: writing tells them apart.
        What may be asked at all is decided before anything is looked up there.
        """
        digest = hashlib.sha256(b"introspect" if self.may_introspect else b"")
        acts = (("read", self.reads), ("write", self.writes), ("lookup", self.lookups))
        for name, decisions in acts:
            for coordinate in sorted(decisions):
                found = decisions[coordinate]
                by_rule = bool(found.rule_ids)
                digest.update(f"{name}\0{coordinate}\0{found}\0{by_rule}\n".encode())
        return digest.hexdigest()


NO_RIGHTS = PolicyTable("", {}, {}, {}, False, False, {}, FOREVER)
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

    What denies a field of an interface denies it in every type that has it from there.
    """
    mine = policy.closure(roles)
    relevant = [rule for rule in policy.rules if rule.role in mine and rule.serves(purpose)]
    reads = _decide_all(_Rules(relevant, "read", now_ms), coordinates, interfaces)
    writes = _decide_all(_Rules(relevant, "write", now_ms), coordinates, interfaces)
    lookups = _decide_all(_Rules(relevant, "lookup", now_ms), coordinates, interfaces)
    introspect = _Rules(relevant, "introspect", now_ms).decide(ANY, frozenset())
    ask = _Rules(relevant, "ask", now_ms).decide(AD_HOC, frozenset())
    decided = (*reads.values(), *writes.values(), *lookups.values(), introspect, ask)
    return PolicyTable(
        policy_version=policy.version,
        reads=reads,
        writes=writes,
        lookups=lookups,
        may_introspect=introspect.action == "allow",
        may_ask_ad_hoc=ask.action == "allow" or not policy.limits_asking,
        tags=coordinates,
        valid_until=min((decision.valid_until for decision in decided), default=FOREVER),
    )


def _decide_all(
    rules: _Rules, coordinates: Coordinates, interfaces: Interfaces
) -> dict[str, Access]:
    return {
        name: rules.decide(name, tags, interfaces.get(name, ()))
        for name, tags in coordinates.items()
    }


class _Rules:
    """The rules of one act, found by the object that they name."""

    def __init__(self, rules: list[Rule], act: Act, now_ms: float) -> None:
        self._now = now_ms
        self._by_object: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            if rule.act == act and rule.not_after > now_ms:
                self._by_object[rule.obj].append(rule)

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
