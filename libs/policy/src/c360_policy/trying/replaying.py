"""What a policy would have done to operations of the past.

Each is decided by the policy that is tried as it would be now: the operations are those of then,
rules, rows and consents are today's. What was decided then is what is on record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_policy.schema.reach import LOOKUPS, is_item_part
from c360_policy.table import Access, PolicyTable
from c360_policy.trying.deciding import Asker, Decider

_MUTATION = "Mutation."
_IDENTIFIER_TYPE = "IdentifierType."


class PastUse(NamedTuple):
    """A use that is on record: `allow`, `mask:` and the mask, or `deny`."""

    coordinate: str
    use: str
    decision: str


@dataclass(frozen=True, slots=True)
class Past:
    """So many operations that were alike. `key` names them for whoever knows whom they touched."""

    key: str
    principal: str
    roles: tuple[str, ...]
    purpose: str
    uses: tuple[PastUse, ...]
    operations: int


class Point(NamedTuple):
    """A decision that would have been another one, for a role set and purpose."""

    roles: tuple[str, ...]
    purpose: str
    use: str
    coordinate: str
    before: str
    after: str


@dataclass(slots=True)
class Reach:
    """Whom a changed decision is about: operations, principals, and the keys of the operations."""

    operations: int = 0
    principals: set[str] = field(default_factory=set[str])
    keys: set[str] = field(default_factory=set[str])

    def add(self, past: Past) -> None:
        """Count operations in, once each."""
        if past.key not in self.keys:
            self.keys.add(past.key)
            self.principals.add(past.principal)
            self.operations += past.operations


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that would have been decided otherwise.

    `unknown` are coordinates on record that the schema no longer has: nothing is said of them.
    """

    operations: int
    affected: Reach
    changes: Sequence[tuple[Point, Reach]]
    unknown: Sequence[str]

    @property
    def coordinates(self) -> list[str]:
        """The coordinates of the changes."""
        return sorted({point.coordinate for point, _ in self.changes})


def replay(
    past: Iterable[Past],
    decider: Decider,
    leaves: Collection[str],
    opened: frozenset[str],
    at_ms: float,
) -> Replayed:
    """Decide operations of the past by another policy.

    `leaves` are the fields that answer with a value; `opened` are roles that could only be on
    record because they were opened.
    """
    total, affected = 0, Reach()
    # Many principals ask alike.
    known: dict[tuple[object, ...], list[Reach]] = {}
    changes: dict[Point, Reach] = {}
    unknown: set[str] = set()
    for one in past:
        total += one.operations
        alike = one.roles, one.purpose, one.uses
        if alike not in known:
            roles = frozenset(one.roles)
            table = decider.table(Asker(roles, one.purpose, at_ms, roles & opened))
            unknown |= {use.coordinate for use in one.uses if use.coordinate not in table.tags}
            found = _changes(one, table, leaves)
            known[alike] = [changes.setdefault(point, Reach()) for point in found]
        for reach in known[alike]:
            reach.add(one)
        if known[alike]:
            affected.add(one)
    ordered = sorted(changes.items(), key=lambda each: (-each[1].operations, each[0]))
    return Replayed(total, affected, ordered, sorted(unknown))


def _changes(one: Past, table: PolicyTable, leaves: Collection[str]) -> Iterator[Point]:
    mutations = [use.coordinate for use in one.uses if _is_mutation(use.coordinate)]
    for use in one.uses:
        if use.coordinate in table.tags:
            after = _answer(use, table, leaves, mutations)
            if after != use.decision:
                yield Point(one.roles, one.purpose, use.use, use.coordinate, use.decision, after)


def _is_mutation(coordinate: str) -> bool:
    return coordinate.startswith(_MUTATION) and "(" not in coordinate


def _answer(
    use: PastUse, table: PolicyTable, leaves: Collection[str], mutations: Sequence[str]
) -> str:
    """As a record says it: a mask shows the value of a field, and lets nothing else be done."""
    found = _decision(use, table, mutations)
    shows = use.use in ("select", "export") and use.coordinate in leaves
    return str(found) if found.action == "allow" or (found.action == "mask" and shows) else "deny"


def _decision(use: PastUse, table: PolicyTable, mutations: Sequence[str]) -> Access:
    name = use.coordinate
    if use.use == "write":
        return _writing(name, table, mutations)
    if use.use in ("filter", "sort"):
        return table.filtering(name)
    if use.use == "export":
        return table.exporting(name)
    is_finding = name.startswith(_IDENTIFIER_TYPE) or name.partition("(")[0] in LOOKUPS
    return table.finding(name) if use.use == "lookup" and is_finding else table.read(name)


def _writing(name: str, table: PolicyTable, mutations: Sequence[str]) -> Access:
    """What no rule speaks of and no tag marks goes with the mutations that it may be given to."""
    own = table.write(name)
    is_tagged = bool(table.tags.get(name)) and not is_item_part(name)
    if own.rule_ids or is_tagged or _is_mutation(name) or not mutations:
        return own
    given = [table.write(one) for one in mutations]
    return next((one for one in given if one.action == "deny"), given[0])
