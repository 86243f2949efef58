"""What a policy says to one question, its tables compiled once for each who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from c360_policy.rule import Act, Policy
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
    """Who asks, for which purpose, at which time (ms UTC)."""

    roles: frozenset[str]
    purpose: str
    at_ms: float


class Decider:
    """The decisions of one policy."""

    def __init__(self, policy: Policy, ground: Ground) -> None:
        self.policy = policy
        self._ground = ground
        self._tables: dict[Asker, PolicyTable] = {}

    def table(self, asker: Asker) -> PolicyTable:
        """All that the policy says to somebody."""
        found = self._tables.get(asker)
        if found is None:
            found = compile_table(
                self.policy,
                asker.roles,
                asker.purpose,
                self._ground.coordinates,
                asker.at_ms,
                self._ground.interfaces,
            )
            self._tables[asker] = found
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
    return {"read": table.read, "write": table.write, "lookup": table.finding}[act](coordinate)
