"""Roles that hold together what is to be kept apart: who writes policy, and who approves it."""

from __future__ import annotations

from collections.abc import Iterator

from c360_policy.rule import Policy
from c360_policy.trying.deciding import Asker, Decider, Ground

PROPOSAL, APPROVAL = "policy_proposal", "policy_approval"
"""The tags of the mutations that propose a policy and approve one."""


def toxic_roles(policy: Policy, ground: Ground, at_ms: float) -> Iterator[str]:
    """Every role that may both propose policy and approve it."""
    decider = Decider(policy, ground)
    for role in sorted({rule.role for rule in policy.rules}.union(policy.inherits)):
        purposes = {"", *(rule.purpose for rule in policy.rules)}
        itself = frozenset((role,))
        askers = [
            Asker(itself, purpose, at_ms, policy.glass_roles & itself)
            for purpose in sorted(purposes)
        ]
        if all(any(_writes(decider, one, tag, ground) for one in askers) for tag in _BOTH):
            yield (
                f"role {role!r} may propose policy and approve it: keep the two apart, whoever"
                " proposes must not approve"
            )


_BOTH = (PROPOSAL, APPROVAL)


def _writes(decider: Decider, asker: Asker, tag: str, ground: Ground) -> bool:
    return any(
        decider.decide(asker, "write", name).action == "allow"
        for name, tags in ground.coordinates.items()
        if tag in tags
    )
