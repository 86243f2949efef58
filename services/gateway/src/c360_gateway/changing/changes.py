"""Policy changed and tried by people with tokens: each step is on record before it is done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.errors import C360Error, Invalid
from c360_kernel.payload import AuditKind
from c360_kernel.stamp import wall_clock_ms
from c360_policy.changing.office import PolicyOffice
from c360_policy.changing.steps import PolicyVersion
from c360_policy.reading.joining import keeping_rows
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy
from c360_policy.trying.deciding import Decider, Ground
from c360_policy.trying.differing import Difference, Scope, differences, purposes_of, roles_of
from c360_policy.trying.replaying import Replayed, replay

from c360_gateway.changing.past import PastOperations
from c360_gateway.context import OperationContext
from c360_gateway.control.acting import act_of

IN_FORCE = "in-force"
MOST_DAYS = 36_500
_DAY_MS = 86_400_000
_VERSION = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class Tried:
    """What would have been decided otherwise since a time (ms UTC), for how many customers."""

    version: str
    since: int
    replayed: Replayed
    customers: int


class PolicyChanges:
    """`purposes` are those that a policy may name."""

    def __init__(
        self,
        office: PolicyOffice,
        past: PastOperations,
        audit: AuditWriter,
        purposes: frozenset[str],
    ) -> None:
        self._office = office
        self._past = past
        self._audit = audit
        self._purposes = purposes

    async def versions(self, most: int) -> list[PolicyVersion]:
        """The newest versions that were proposed or in force."""
        return (await self._office.versions())[:most]

    async def text(self, version: str) -> str:
        """The text of a version. Raises `NotFound` (POLICY_UNKNOWN)."""
        return await self._office.text(version)

    async def propose(self, text: str, context: OperationContext) -> PolicyVersion:
        """Keep a policy for somebody else to approve. Raises `PolicyInvalid`."""
        known, by = self._known(context), context.principal.subject
        whole = keeping_rows(text, await self._office.in_force())
        refuse_unknown(parse_policy(whole), known)
        async with self._on_record(context, "policy_proposed", parse_policy(whole).version):
            return await self._version(await self._office.propose(whole, by, known))

    async def approve(self, version: str, context: OperationContext) -> PolicyVersion:
        """Put a proposal into force. Raises what `PolicyOffice.approve` does."""
        known, by = self._known(context), context.principal.subject
        found = await self._office.find(version)
        async with self._on_record(context, "policy_approved", found):
            changed = await self._office.approve(found, by, known)
            return await self._version(changed.version)

    async def diff(self, a: str, b: str, context: OperationContext) -> Sequence[Difference]:
        """What two policies answer otherwise, each role by itself."""
        tables, known = context.graph_tables, self._known(context)
        before, after = [await self._policy(name, known) for name in (a, b)]
        ground = Ground(tables.coordinates, tables.interfaces)
        purposes = purposes_of(self._purposes, before, after)
        scope = Scope(roles_of(before, after), purposes, wall_clock_ms())
        one, other = Decider(before, ground), Decider(after, ground)
        # Many tables are compiled: others are answered meanwhile.
        return await asyncio.to_thread(differences, one, other, ground, tables.unasked, scope)

    async def replay(self, candidate: str, days: int, context: OperationContext) -> Tried:
        """What a policy would have done to the operations of the past days.

        Raises `PolicyInvalid`, `Invalid` (DAYS_INVALID), `Transient`.
        """
        if not 0 < days <= MOST_DAYS:
            raise Invalid(f"days is above 0 and at most {MOST_DAYS}", code="DAYS_INVALID")
        tables, now = context.graph_tables, wall_clock_ms()
        policy = await self._policy(candidate, self._known(context))
        decider = Decider(policy, Ground(tables.coordinates, tables.interfaces))
        since = now - days * _DAY_MS
        past = await self._past.since(since, context)
        leaves, opened = tables.unasked.leaves, tables.policy.glass_roles
        replayed = await asyncio.to_thread(replay, past, decider, leaves, opened, now)
        customers = await self._past.touched(replayed.affected.keys, since, context)
        return Tried(policy.version, since, replayed, customers)

    async def _policy(self, name: str, known: Known) -> Policy:
        """A policy by its version, as `in-force`, or by its text."""
        in_force = await self._office.in_force()
        if name == IN_FORCE:
            return parse_policy(in_force)
        is_version = _VERSION.fullmatch(name) is not None
        policy = parse_policy(
            await self._office.text(await self._office.find(name))
            if is_version
            else keeping_rows(name, in_force)
        )
        refuse_unknown(policy, known)
        return policy

    async def _version(self, version: str) -> PolicyVersion:
        found = await self._office.versions()
        return next(one for one in found if one.version == version)

    def _known(self, context: OperationContext) -> Known:
        tables = context.graph_tables
        return Known(tables.coordinates, self._purposes, tables.unasked)

    @asynccontextmanager
    async def _on_record(
        self, context: OperationContext, kind: AuditKind, version: str
    ) -> AsyncGenerator[None]:
        """Put on record that it begins, and how it ended."""

        async def write(outcome: str, code: str = "") -> None:
            act = act_of(context, kind, target=version, outcome=outcome, code=code)
            await self._audit.write(act, traceparent=context.traceparent)

        await write("begun")
        try:
            yield
        except C360Error as error:
            await write("failed", error.code)
            raise
        await write("done")
