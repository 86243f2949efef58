"""An act on record, as every question prints it."""

from __future__ import annotations

from typing import Any

from c360_audit.domain.operation import Leaf

from c360_cli.instants import shown_instant


def act_fields(leaf: Leaf) -> dict[str, Any]:
    """Who did it when, as what and why, and how it ended: the members that `--json` always has."""
    operation = leaf.audited.operation
    return {
        "id": leaf.audited.entry_id,
        "at": shown_instant(operation.at),
        "kind": operation.kind,
        "principal": operation.principal,
        "roles": list(operation.roles),
        "purpose": operation.purpose,
        "reason": operation.reason,
        "ticket": operation.ticket,
        "breakGlass": operation.break_glass or None,
        "outcome": operation.outcome,
        "policyVersion": operation.policy_version,
        "customers": len(operation.subjects),
    }
