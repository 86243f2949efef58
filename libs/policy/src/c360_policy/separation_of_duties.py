"""Roles that together undo a mask: one is shown it, the other may write what it hides.

Whoever may write an identifier can write guesses of it, and whoever sees which customer a guess
joined knows the value. One role that may do both needs nobody else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog

from c360_policy.control_tags import CONTROL_TAGS
from c360_policy.rule import ANY, Policy
from c360_policy.schema.catalog_tags import identifier_coordinates
from c360_policy.table import Coordinates, PolicyTable, compile_table

_CUSTOMER = "Customer.id"
_TAKES_NO_IDENTIFIER = CONTROL_TAGS | {"identity_decision", "correction", "customer_tag"}
_MUTATION = re.compile(r"Mutation\.\w+")


class Undone(NamedTuple):
    """The tags that `reader` is not shown in clear and `writer` may write."""

    reader: str
    writer: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        tags = ", ".join(f"tag:{tag}" for tag in self.tags)
        if self.reader == self.writer:
            return f"role {self.reader!r} may write what is masked for it or denied to it: {tags}"
        return (
            f"role {self.writer!r} may write what is masked for role {self.reader!r} "
            f"or denied to it: {tags}"
        )


def undone_masks(
    policy: Policy, catalog: Catalog, coordinates: Coordinates, now_ms: float
) -> list[Undone]:
    """Every pair of roles that undoes a mask now, for any purpose that the policy names."""
    names = (identifier_coordinates(one)[0] for one in catalog.identifiers)
    shown = {name: coordinates[name] for name in names if coordinates.get(name)}
    relevant = shown | {
        name: tags for name, tags in coordinates.items() if _is_relevant(name, tags)
    }
    hidden: dict[str, set[str]] = defaultdict(set)
    written: dict[str, set[str]] = defaultdict(set)
    for role, table in _tables(policy, relevant, now_ms):
        hidden[role] |= {tag for name, tags in shown.items() if _hides(table, name) for tag in tags}
        written[role] |= {
            tag for name, tags in shown.items() if _writes(table, name) for tag in tags
        }
    pairs = product(sorted(hidden), sorted(written))
    found = (Undone(one, two, tuple(sorted(hidden[one] & written[two]))) for one, two in pairs)
    return [one for one in found if one.tags]


def _is_relevant(name: str, tags: frozenset[str]) -> bool:
    is_writing = _MUTATION.fullmatch(name) is not None and not tags & _TAKES_NO_IDENTIFIER
    return name == _CUSTOMER or is_writing


def _tables(
    policy: Policy, coordinates: Coordinates, now_ms: float
) -> Iterator[tuple[str, PolicyTable]]:
    """The tables of each role by itself, for each purpose."""
    roles = {rule.role for rule in policy.rules}.union(policy.inherits)
    purposes = {ANY, *(rule.purpose for rule in policy.rules)}
    for role, purpose in product(sorted(roles), sorted(purposes)):
        yield role, compile_table(policy, [role], purpose, coordinates, now_ms)


def _hides(table: PolicyTable, name: str) -> bool:
    sees_customers = table.read(_CUSTOMER).action == "allow"
    return sees_customers and table.read(name).action != "allow"


def _writes(table: PolicyTable, name: str) -> bool:
    mutates = any(one.action == "allow" for at, one in table.writes.items() if _MUTATION.match(at))
    return mutates and not table.forbids_writing(name)
