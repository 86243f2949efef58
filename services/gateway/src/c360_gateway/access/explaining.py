"""Why a coordinate is shown to somebody as it is, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.errors import NotFound
from c360_kernel.stamp import wall_clock_ms
from c360_policy.row_policy import RowPolicy
from c360_policy.table import Access, compile_table
from c360_policy.trying.row_differing import sees_text

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
    """Why it is so for the caller. Raises `NotFound` (COORDINATE_UNKNOWN).

    What is denied is no secret: its missing tags are told. No other name is suggested.
    """
    if coordinate not in tables.coordinates:
        raise NotFound("nothing of the schema is called so", code="COORDINATE_UNKNOWN")
    table, principal = context.table, context.principal
    access = table.read(coordinate)
    is_ungranted = access.action == "deny" and not access.rule_ids
    missing = _missing(tables, coordinate, context) if is_ungranted else ()
    row_policy = tables.for_caller(principal).row_policy
    return Explained(
        access,
        missing,
        row_rules(row_policy),
        coordinate in row_policy.consented,
        table.roles,
        principal.purpose,
        table.policy_version,
    )


def row_rules(row_policy: RowPolicy) -> tuple[str, ...]:
    """Of whom a caller is told, each `everybody`, `none` or a condition as JSON; any is enough."""
    return tuple(map(sees_text, row_policy.rules))


def _missing(tables: PolicyTables, coordinate: str, context: OperationContext) -> tuple[str, ...]:
    """Each tag by itself: what is denied with it alone is not granted."""
    roles, purpose, now = context.table.roles, context.principal.purpose, wall_clock_ms()
    tags = sorted(tables.coordinates.get(coordinate, ()))
    of_tag = {
        tag: compile_table(tables.policy, roles, purpose, {coordinate: frozenset({tag})}, now)
        for tag in tags
    }
    return tuple(tag for tag, table in of_tag.items() if table.read(coordinate).action == "deny")
