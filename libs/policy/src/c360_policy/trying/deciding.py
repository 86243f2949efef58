"""What a policy says to one question, its tables compiled once for each who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_policy.row_policy import RowPolicy, row_policy_of
from c360_policy.rule import ROLE_PREFIX, Act, Policy
from c360_policy.table import (
    DENIED,
    Access,
    Coordinates,
    Interfaces,
    PolicyTable,
    compile_table,
)

_ALLOWED = Access("allow")


@dataclass(frozen=True)
class Ground:
    """What policies are held against: every coordinate with its tags, and what implements what."""

    coordinates: Coordinates
    interfaces: Interfaces = field(default_factory=dict[str, tuple[str, ...]])


class Asker(NamedTuple):
    """Who asks, for which purpose, at which time (ms UTC).

    `opened` are those of the roles that hold for nobody until they are opened, and are.
    """

    roles: frozenset[str]
    purpose: str
    at_ms: float
    opened: frozenset[str] = frozenset()


class Decider:
    """The decisions of one policy."""

    def __init__(self, policy: Policy, ground: Ground) -> None:
        self.policy = policy
        self._ground = ground
        self._named = frozenset(rule.purpose for rule in policy.rules)
        self._tables: dict[Asker, PolicyTable] = {}
        self._row_policies: dict[Asker, RowPolicy] = {}

    def table(self, asker: Asker) -> PolicyTable:
        """All that the policy says to somebody."""
        found = self._tables.get(asker)
        if found is None:
            # Purposes that no rule names are alike, and most are.
            alike = asker if asker.purpose in self._named else asker._replace(purpose="")
            found = self._tables.get(alike) or self._compiled(alike)
            self._tables[alike] = self._tables[asker] = found
        return found

    def _compiled(self, asker: Asker) -> PolicyTable:
        return compile_table(
            self.policy,
            self.policy.active_roles(asker.roles, asker.opened),
            asker.purpose,
            self._ground.coordinates,
            asker.at_ms,
            self._ground.interfaces,
        )

    def row_policy(self, asker: Asker) -> RowPolicy:
        """Of whom, and of how many, the policy lets somebody be told."""
        found = self._row_policies.get(asker)
        if found is None:
            active_roles = self.policy.active_roles(asker.roles, asker.opened)
            found = self._row_policies[asker] = row_policy_of(
                self.policy,
                active_roles,
                asker.purpose,
                self._ground.coordinates,
                asker.at_ms,
                self._ground.interfaces,
            )
        return found

    def decide(self, asker: Asker, act: Act, coordinate: str) -> Access:
        """What an act on a coordinate is answered with."""
        return answer_of(self.table(asker), act, coordinate)


def answer_of(table: PolicyTable, act: Act, coordinate: str) -> Access:
    """What a table says to an act on a coordinate; to some acts it says the same to all of them."""
    if act == "introspect":
        return _ALLOWED if table.may_introspect else DENIED
    if act == "ask":
        return _ALLOWED if table.may_ask_ad_hoc else DENIED
    if act == "break_glass":
        return table.opening(coordinate.removeprefix(ROLE_PREFIX))
    return _of_graph(table)[act](coordinate)


def _of_graph(table: PolicyTable) -> Mapping[Act, Callable[[str], Access]]:
    return {
        "read": table.read,
        "write": table.write,
        "lookup": table.finding,
        "filter": table.filtering,
        "export": table.exporting,
    }
