"""Policy changed by people with tokens: each step is on record before it is done."""

from __future__ import annotations

from c360_kernel.audit_writer import AuditWriter
from c360_kernel.catalog.model import Catalog
from c360_policy.changing.office import PolicyOffice
from c360_policy.changing.steps import PolicyVersion
from c360_policy.reading.joining import keeping_rows
from c360_policy.reading.names import refuse_unknown
from c360_policy.reading.parsing import parse_policy

from c360_gateway.changing.known import known_to
from c360_gateway.context import OperationContext
from c360_gateway.control.acting import on_record


class PolicyChanges:
    """Policies are held against the purposes and traits of a catalog."""

    def __init__(self, office: PolicyOffice, audit: AuditWriter, catalog: Catalog) -> None:
        self._office = office
        self._audit = audit
        self._catalog = catalog

    async def versions(self, most: int) -> list[PolicyVersion]:
        """The newest versions that were proposed or in force."""
        return (await self._office.versions())[:most]

    async def text(self, version: str) -> str:
        """The text of a version. Raises `NotFound` (POLICY_UNKNOWN)."""
        return await self._office.text(version)

    async def propose(self, text: str, context: OperationContext) -> PolicyVersion:
        """Keep a policy for somebody else to approve. Raises `PolicyInvalid`."""
        known, by = known_to(self._catalog, context), context.principal.subject
        whole = keeping_rows(text, await self._office.in_force())
        refuse_unknown(parse_policy(whole), known)
        proposed = parse_policy(whole).version
        async with on_record(self._audit, context, "policy_proposed", target=proposed):
            return await self._version(await self._office.propose(whole, by, known))

    async def approve(self, version: str, context: OperationContext) -> PolicyVersion:
        """Put a proposal into force. Raises what `PolicyOffice.approve` does."""
        known, by = known_to(self._catalog, context), context.principal.subject
        found = await self._office.find(version)
        async with on_record(self._audit, context, "policy_approved", target=found):
            changed = await self._office.approve(found, by, known)
            return await self._version(changed.version)

    async def _version(self, version: str) -> PolicyVersion:
        found = await self._office.versions()
        return next(one for one in found if one.version == version)
