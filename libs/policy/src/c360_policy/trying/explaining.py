"""Why a policy answers a question as it does: every rule about it, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from c360_policy.rule import TAG_PREFIX, Act, Policy, Rule, wildcards
from c360_policy.table import Access
from c360_policy.trying.deciding import Asker, Decider, Ground

DECIDES = "decides"
_OVER = "its time is over"
_NOT_YET = "its time has not come"
_WILDCARD = "a wildcard grants nothing that carries a tag"
_DENIED = "a deny wins"
_MORE_OPEN = "another grant hides less, or a tag is not granted at all"
_DECIDED_BY: Mapping[Act, tuple[Act, ...]] = {
    "lookup": ("lookup", "read"),
    "filter": ("filter", "read"),
    "export": ("export", "read"),
}
"""Who may read a value may also find and compare by it, and takes it away as it is read."""


class ConsideredRule(NamedTuple):
    """A rule about a question, and what became of it: `decides`, or why it does not."""

    rule: Rule
    verdict: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is answered, and why. `missing` are tags that nothing grants."""

    asker: Asker
    act: Act
    coordinate: str
    tags: tuple[str, ...]
    roles: tuple[str, ...]
    found: Access
    considered: tuple[ConsideredRule, ...]
    missing: tuple[str, ...]


def explain(
    decider: Decider, ground: Ground, asker: Asker, act: Act, coordinate: str
) -> Explanation:
    """Everything that there is to say about one question."""
    policy, tags = decider.policy, ground.coordinates.get(coordinate, frozenset[str]())
    found = decider.decide(asker, act, coordinate)
    about = list(_about(policy, ground, asker, act, coordinate))
    considered = tuple(
        ConsideredRule(rule, _verdict(rule, asker, tags, coordinate, found)) for rule in about
    )
    granted = {tag for tag in tags if _is_granted(about, asker, tag, coordinate)}
    return Explanation(
        asker,
        act,
        coordinate,
        tuple(sorted(tags)),
        tuple(sorted(policy.closure(policy.active_roles(asker.roles, asker.opened)))),
        found,
        considered,
        tuple(sorted(tags - granted)),
    )


def _about(
    policy: Policy, ground: Ground, asker: Asker, act: Act, coordinate: str
) -> Iterator[Rule]:
    """Rules of the act, for these roles, whose object is about the coordinate."""
    mine = policy.closure(policy.active_roles(asker.roles, asker.opened))
    acts = _DECIDED_BY.get(act, (act,))
    tags = ground.coordinates.get(coordinate, frozenset[str]())
    own = {coordinate, *wildcards(coordinate), *(f"{TAG_PREFIX}{tag}" for tag in tags)}
    from_interfaces = {
        name for one in ground.interfaces.get(coordinate, ()) for name in (one, *wildcards(one))
    }
    for rule in policy.rules:
        is_about = rule.obj in own or (rule.effect == "deny" and rule.obj in from_interfaces)
        if is_about and rule.act in acts and rule.role in mine:
            yield rule


def _verdict(rule: Rule, asker: Asker, tags: frozenset[str], coordinate: str, found: Access) -> str:
    if rule.rule_id in found.rule_ids:
        return DECIDES
    return _idle(rule, asker) or _outdone(rule, tags, coordinate, found)


def _idle(rule: Rule, asker: Asker) -> str:
    """Why a rule does not count now, for this purpose, or ""."""
    if not rule.serves(asker.purpose):
        return f"it is about the purpose {rule.purpose}"
    if rule.not_after <= asker.at_ms:
        return _OVER
    return _NOT_YET if rule.not_before > asker.at_ms else ""


def _outdone(rule: Rule, tags: frozenset[str], coordinate: str, found: Access) -> str:
    if rule.effect == "allow" and tags and rule.obj in wildcards(coordinate):
        return _WILDCARD
    return _DENIED if found.action == "deny" and found.rule_ids else _MORE_OPEN


def _is_granted(about: list[Rule], asker: Asker, tag: str, coordinate: str) -> bool:
    names = (coordinate, f"{TAG_PREFIX}{tag}")
    return any(
        rule.effect == "allow" and rule.obj in names and rule.holds(asker.purpose, asker.at_ms)
        for rule in about
    )
