"""The roles that the policy of an instance knows, from its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from c360_gateway.settings import GatewaySettings
from c360_kernel.errors import Invalid
from c360_policy.reading.names import nearest_name
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy
from c360_policy.store.shipped import policy_text, rows_text


def policy_of(data: Path) -> Policy:
    """The policy of an instance. Raises `Invalid` (POLICY_ELSEWHERE), `PolicyInvalid`."""
    settings = GatewaySettings(data=data)
    if settings.policy_store is not None:
        raise Invalid("this policy is kept in a database: name --url", code="POLICY_ELSEWHERE")
    directory = settings.policy_directory
    return parse_policy(policy_text(directory), rows_text(directory))


def unknown_roles(policy: Policy, roles: Sequence[str]) -> Iterator[str]:
    """What is to be said of each role that no rule and no link names."""
    for role in roles:
        if role not in policy.roles:
            yield f"the policy knows no role {role!r}{nearest_name(role, policy.roles)}"
