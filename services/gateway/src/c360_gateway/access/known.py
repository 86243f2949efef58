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
    " { knownAccess(at: $at) { policyVersion schemaVersion actors { principal roles lastAt } } }"
)

_HAS = (
    "query OnRecord($names: [String!], $coordinate: String, $principal: String)"
    " { onRecord(names: $names, coordinate: $coordinate, principal: $principal) }"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """What somebody or something has left on record, whenever that was.

    An act that touched a customer of these `names`, that used a coordinate or whatever carries a
    `tag:name`, or that a principal did or tried.
    """

    names: Sequence[str] = ()
    coordinate: str | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class KnownActor:
    """A principal that asked with these roles; `last_at` is when for the last time, ms UTC."""

    principal: str
    roles: frozenset[str]
    last_at: int


@dataclass(frozen=True, slots=True)
class KnownAccess:
    """Everybody on record, and the policy that decided before a time, over which schema.

    "" where that is not on record.
    """

    actors: Sequence[KnownActor]
    policy_version: str
    schema_version: str


class AccessRecords(Protocol):
    """Knows who asked. Its methods raise `Transient` (AUDIT_UNREADABLE)."""

    async def before(self, at: int | None, context: OperationContext) -> KnownAccess:
        """Who is known, and what held at a time (ms UTC; None: now)."""
        ...

    async def has(self, trace: Trace, context: OperationContext) -> bool:
        """Whether anything on record is so."""
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
        return KnownAccess(actors, known["policyVersion"], known["schemaVersion"])

    @override
    async def has(self, trace: Trace, context: OperationContext) -> bool:
        variables = {
            "names": list(trace.names) or None,
            "coordinate": trace.coordinate,
            "principal": trace.principal,
        }
        data = await self._audit.execute("OnRecord", _HAS, variables, context)
        return bool(data["onRecord"])
