"""What the audit service knows of who asks, and by which policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from c360_kernel.value_types import format_instant, parse_instant
from typing_extensions import override

from c360_gateway.context import OperationContext
from c360_gateway.transport.audit_subgraph import AuditSubgraph

_QUERY = (
    "query KnownAccess($at: DateTime)"
    " { knownAccess(at: $at) { policyVersion actors { principal roles lastAt } } }"
)


@dataclass(frozen=True, slots=True)
class KnownActor:
    """A principal that asked with these roles; `last_at` is when for the last time, ms UTC."""

    principal: str
    roles: frozenset[str]
    last_at: int


@dataclass(frozen=True, slots=True)
class KnownAccess:
    """Everybody on record, and the policy that decided before a time; "" where none did."""

    actors: Sequence[KnownActor]
    policy_version: str


class AccessRecords(Protocol):
    """Knows who asked."""

    async def before(self, at: int | None, context: OperationContext) -> KnownAccess:
        """Who is known, and the policy of a time (ms UTC; None: now). Raises `Transient`."""
        ...


class SubgraphAccessRecords(AccessRecords):
    """Asks the audit subgraph."""

    def __init__(self, audit: AuditSubgraph) -> None:
        self._audit = audit

    @override
    async def before(self, at: int | None, context: OperationContext) -> KnownAccess:
        variables = {"at": None if at is None else format_instant(at)}
        data = await self._audit.execute("KnownAccess", _QUERY, variables, context)
        known = data["knownAccess"]
        actors = [
            KnownActor(one["principal"], frozenset(one["roles"]), parse_instant(one["lastAt"]))
            for one in known["actors"]
        ]
        return KnownAccess(actors, known["policyVersion"])
