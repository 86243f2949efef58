"""What is to be said of roles that a policy keeps apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from c360_policy.rows.model import ApartRoles
from c360_policy.rule import Policy


def pair_warnings(policy: Policy) -> Iterator[str]:
    """Pairs that are let in all the same, and roles that are two in one."""
    for one in policy.rows.apart:
        first, second = one.named
        if not one.is_refused:
            yield f"roles {first!r} and {second!r} are to be kept apart, and let in together"
    for role in sorted({rule.role for rule in policy.rules}.union(policy.inherits)):
        for one in policy.meeting((role,)):
            yield f"role {role!r} includes both {_pair(one)}: {_FATE[one.is_refused]}"


def of_token(policy: Policy, roles: Iterable[str]) -> Iterator[str]:
    """What becomes of a token with these roles."""
    for one in policy.meeting(roles):
        yield f"{_pair(one)} are kept apart: {_FATE[one.is_refused]}"


_FATE = {
    True: "whoever holds it is refused everything",
    False: "whoever holds it is let in with a warning",
}


def _pair(one: ApartRoles) -> str:
    return " and ".join(map(repr, one.named))
