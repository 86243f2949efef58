"""Why a coordinate is shown to somebody as it is, or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass

from c360_kernel.stamp import wall_clock_ms
from c360_policy.rows.model import Sees
from c360_policy.table import Access, compile_table

from c360_gateway.context import OperationContext
from c360_gateway.policy.tables import PolicyTables


@dataclass(frozen=True, slots=True)
class Explained:
    """What policy says to reading a coordinate; `missing` are its tags that nothing grants.

    `row_rules` say of which customers the caller is told, each `everybody`, `none` or a condition
    as JSON, of which one is enough. `needs_consent`: of the customer, to the caller's purpose.
    """

    access: Access
    missing: tuple[str, ...]
    row_rules: tuple[str, ...]
    needs_consent: bool
    roles: tuple[str, ...]
    purpose: str
    policy_version: str


def explained(tables: PolicyTables, coordinate: str, context: OperationContext) -> Explained:
    """Why it is so for the caller. What nobody knows is like what nothing grants, without tags."""
    table, principal = context.table, context.principal
    access = table.read(coordinate)
    is_ungranted = access.action == "deny" and not access.rule_ids
    missing = _missing(tables, coordinate, context) if is_ungranted else ()
    row_policy = tables.of(principal.roles, principal.purpose).row_policy
    return Explained(
        access,
        missing,
        tuple(map(_row_rule, row_policy.rules)),
        coordinate in row_policy.consented,
        principal.roles,
        principal.purpose,
        table.policy_version,
    )


def _row_rule(sees: Sees | None) -> str:
    if sees is None:
        return "everybody"
    return sees if isinstance(sees, str) else json.dumps(sees, sort_keys=True, ensure_ascii=False)


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
