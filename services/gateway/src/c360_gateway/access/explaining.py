"""Why a coordinate is shown to somebody as it is, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.stamp import wall_clock_ms
from c360_policy.table import Access, compile_table

from c360_gateway.context import OperationContext
from c360_gateway.policy.tables import PolicyTables


@dataclass(frozen=True, slots=True)
class Explained:
    """What policy says to reading a coordinate; `missing` are its tags that nothing grants."""

    access: Access
    missing: tuple[str, ...]
    roles: tuple[str, ...]
    purpose: str
    policy_version: str


def explained(tables: PolicyTables, coordinate: str, context: OperationContext) -> Explained:
    """Why it is so for the caller. What nobody knows is like what nothing grants, without tags."""
    table, principal = context.table, context.principal
    access = table.read(coordinate)
    is_ungranted = access.action == "deny" and not access.rule_ids
    missing = _missing(tables, coordinate, context) if is_ungranted else ()
    return Explained(access, missing, principal.roles, principal.purpose, table.policy_version)


def _missing(tables: PolicyTables, coordinate: str, context: OperationContext) -> tuple[str, ...]:
    """Each tag by itself: what is denied with it alone is not granted."""
    principal, now = context.principal, wall_clock_ms()
    tags = sorted(tables.coordinates.get(coordinate, ()))
    of_tag = {
        tag: compile_table(
            tables.policy, principal.roles, principal.purpose, {coordinate: frozenset({tag})}, now
        )
        for tag in tags
    }
    return tuple(tag for tag, table in of_tag.items() if table.read(coordinate).action == "deny")
