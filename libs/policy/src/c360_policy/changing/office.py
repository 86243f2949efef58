"""Changing a policy: nothing comes into force that the one in force lets nobody put there alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from c360_kernel.errors import Conflict, Invalid, NotFound
from c360_kernel.person import person_of
from c360_kernel.stamp import wall_clock_ms

from c360_policy.changing.ports import PolicyLedger, PolicyShelf
from c360_policy.changing.steps import (
    PolicyVersion,
    Step,
    What,
    authors_of,
    is_approved,
    versions_of,
)
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.joining import keeping_rows
from c360_policy.reading.names import Known, refuse_unknown
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import DENY_ALL, Policy

_LEAST_DIGITS = 6


class PolicyUnapproved(Invalid):
    """The policy in force demands that somebody else approves another one."""

    code = "POLICY_UNAPPROVED"

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"version {version} waits for the approval of somebody else, which the policy in force"
            " demands"
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """A version that was put into force, where it lies, and the people who proposed it."""

    version: str
    place: str
    authors: tuple[str, ...] = ()


class PolicyOffice:
    """Whoever changes a policy says what a policy may name now (`known`)."""

    def __init__(
        self,
        ledger: PolicyLedger,
        shelf: PolicyShelf,
        now_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._now_ms = now_ms

    async def propose(self, text: str, by: str, known: Known) -> str:
        """Keep a policy for somebody else to approve; its version. Raises `PolicyInvalid`.

        One that says nothing of rows keeps those in force.
        """
        text = keeping_rows(text, await self._shelf.text())
        policy = parse_policy(text)
        refuse_unknown(policy, known)
        await self._ledger.put_aside(policy.version, text)
        await self._note("proposed", policy.version, by, _policy(await self._shelf.text()).version)
        return policy.version

    async def approve(self, version: str, by: str, known: Known) -> Changed:
        """Put a proposal into force, as somebody else than those who proposed it.

        Raises `NotFound` (POLICY_UNKNOWN), `Invalid` (POLICY_OWN_APPROVAL), `Conflict`
        (POLICY_REPLACED) when it was proposed to replace another policy than the one in force.
        """
        in_force = await self._shelf.text()
        base, steps = _policy(in_force).version, await self._ledger.steps()
        found = await self.find(version)
        authors = authors_of(steps, found, base)
        if not authors:
            raise Conflict(
                "it was not proposed to replace the policy that is in force: propose it anew",
                code="POLICY_REPLACED",
            )
        if person_of(by) in authors:
            raise Invalid("whoever proposes a policy does not approve it", code=_OWN)
        text = await self.text(found)
        refuse_unknown(parse_policy(text), known)
        await self._note("approved", found, by, base)
        changed = await self._put(found, text, in_force, by)
        return replace(changed, authors=tuple(sorted(authors)))

    async def publish(self, text: str, by: str, known: Known) -> Changed:
        """Put a policy into force at once, where the one in force leaves that to one person.

        Raises `PolicyUnapproved` where it does not; then the policy has become a proposal.
        """
        in_force = await self._shelf.text()
        text = keeping_rows(text, in_force)
        policy = parse_policy(text)
        refuse_unknown(policy, known)
        before = _policy(in_force)
        if await self._needs_approval(policy, before):
            if person_of(by) not in authors_of(
                await self._ledger.steps(), policy.version, before.version
            ):
                await self.propose(text, by, known)
            raise PolicyUnapproved(policy.version)
        return await self._put(policy.version, text, in_force, by)

    async def versions(self) -> list[PolicyVersion]:
        """Every version that was proposed or in force, the newest first."""
        in_force = _policy(await self._shelf.text())
        return versions_of(await self._ledger.steps(), await self._ledger.kept(), in_force.version)

    async def find(self, beginning: str) -> str:
        """The version that begins so. Raises `NotFound`, `Invalid` (POLICY_UNKNOWN)."""
        known: Sequence[PolicyVersion] = (
            await self.versions() if len(beginning) >= _LEAST_DIGITS else ()
        )
        found = [one.version for one in known if one.version.startswith(beginning)]
        if len(found) > 1:
            raise Invalid(f"{len(found)} versions begin so", code="POLICY_UNKNOWN")
        if not found:
            raise NotFound("no version begins so", code="POLICY_UNKNOWN")
        return found[0]

    async def text(self, version: str) -> str:
        """The text of a version. Raises `NotFound` (POLICY_UNKNOWN)."""
        found = await self._ledger.text(version)
        if found is None:
            in_force = await self._shelf.text()
            if _policy(in_force).version != version:
                raise NotFound("the text of this version is not kept", code="POLICY_UNKNOWN")
            return in_force
        return found

    async def in_force(self) -> str:
        """The text in force."""
        return await self._shelf.text()

    async def _needs_approval(self, policy: Policy, before: Policy) -> bool:
        if policy.version == before.version or not before.demands_approval(self._now_ms()):
            return False
        return not is_approved(await self._ledger.steps(), policy.version, before.version)

    async def _put(self, version: str, text: str, in_force: str, by: str) -> Changed:
        place = await self._shelf.put(text, in_force)
        await self._note("published", version, by, _policy(in_force).version)
        return Changed(version, place)

    async def _note(self, what: What, version: str, by: str, base: str) -> None:
        await self._ledger.note(Step(what, version, by, self._now_ms(), base))


_OWN = "POLICY_OWN_APPROVAL"


def _policy(text: str) -> Policy:
    """The policy of a text that lies there, whatever it is worth: nothing, if it is wrong."""
    try:
        return parse_policy(text) if text else DENY_ALL
    except PolicyInvalid:
        return DENY_ALL
