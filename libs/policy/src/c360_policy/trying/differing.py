"""What two policies answer otherwise: by role set, purpose, act and coordinate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from c360_policy.objects import ACTS
from c360_policy.rule import AD_HOC, ANY, ROLE_PREFIX, Act, Policy
from c360_policy.schema.reach import Inapplicable, is_applicable
from c360_policy.table import Access
from c360_policy.trying.deciding import Asker, Decider, Ground, answer_of

_OF_ALL: dict[Act, str] = {"introspect": ANY, "ask": AD_HOC}
"""What the acts are asked of that are not asked of coordinates."""


class Difference(NamedTuple):
    """An answer that changes. `purposes` are those for which it does; `*` is every one."""

    roles: tuple[str, ...]
    purposes: tuple[str, ...]
    act: Act
    coordinate: str
    before: Access
    after: Access


class Scope(NamedTuple):
    """Whose answers are compared: role sets, purposes, a time (ms UTC)."""

    role_sets: Sequence[frozenset[str]]
    purposes: Sequence[str]
    at_ms: float


def roles_of(*policies: Policy) -> list[frozenset[str]]:
    """Every role of the policies by itself."""
    found = {
        role
        for policy in policies
        for role in (*policy.inherits, *(rule.role for rule in policy.rules))
    }
    return [frozenset((role,)) for role in sorted(found)]


def differences(
    before: Decider, after: Decider, ground: Ground, inapplicable: Inapplicable, scope: Scope
) -> list[Difference]:
    """Every answer that changes, in the order of roles, acts and coordinates."""
    found: list[Difference] = []
    questions = list(
        _questions(ground, inapplicable, before.policy.glass_roles | after.policy.glass_roles)
    )
    for roles in scope.role_sets:
        askers = [_asker(before, after, roles, purpose, scope) for purpose in scope.purposes]
        for act, coordinate in questions:
            found += _of_one(before, after, askers, act, coordinate)
    return found


def _asker(
    before: Decider, after: Decider, roles: frozenset[str], purpose: str, scope: Scope
) -> Asker:
    return Asker(roles, purpose, scope.at_ms, opened_in(before, after, roles))


def opened_in(before: Decider, after: Decider, roles: frozenset[str]) -> frozenset[str]:
    """What a role gives is compared with the role open."""
    return roles & (before.policy.glass_roles | after.policy.glass_roles)


def _questions(
    ground: Ground, inapplicable: Inapplicable, glass: frozenset[str]
) -> Iterator[tuple[Act, str]]:
    for act in ACTS:
        if act == "break_glass":
            for role in sorted(glass):
                yield "break_glass", f"{ROLE_PREFIX}{role}"
        elif act in _OF_ALL:
            yield act, _OF_ALL[act]
        else:
            for one in sorted(ground.coordinates):
                if is_applicable(act, one, inapplicable):
                    yield act, one


def _of_one(
    before: Decider, after: Decider, askers: Sequence[Asker], act: Act, coordinate: str
) -> Iterator[Difference]:
    changed: dict[tuple[str, str], list[tuple[Asker, Access, Access]]] = {}
    for asker in askers:
        old = answer_of(before.table(asker), act, coordinate)
        new = answer_of(after.table(asker), act, coordinate)
        if str(old) != str(new):
            changed.setdefault((str(old), str(new)), []).append((asker, old, new))
    for alike in changed.values():
        _, old, new = alike[0]
        roles = tuple(sorted(alike[0][0].roles))
        yield Difference(roles, _purposes(alike, askers), act, coordinate, old, new)


def _purposes(
    alike: Iterable[tuple[Asker, Access, Access]], askers: Sequence[Asker]
) -> tuple[str, ...]:
    found = tuple(asker.purpose for asker, _, _ in alike)
    return (ANY,) if len(found) == len(askers) else found


def purposes_of(known: frozenset[str] | None, *policies: Policy) -> list[str]:
    """Every purpose that may be asked for: none, those known, and those that the policies name."""
    named = {rule.purpose for policy in policies for rule in policy.rules} - {ANY}
    return ["", *sorted(named | (known or frozenset()) - {""})]
