"""Who comes in, and on whose account: one way for HTTP requests and for sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.budget.account import Account
from c360_gateway.budget.accounts import Accounts, Strangers


class Guest(NamedTuple):
    """Somebody whose token was accepted."""

    principal: Principal
    account: Account


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in whoever has a token that is accepted, and slows those who have none."""

    verifier: TokenVerifier
    accounts: Accounts
    strangers: Strangers

    async def enter(self, scope: Mapping[str, Any], authorization: str | None) -> Guest:
        """Raises `Unauthenticated`, or `RateLimited` for too many of those from one address."""
        try:
            principal = self.verifier.authenticate(authorization)
        except Unauthenticated:
            await self.strangers.turned_away(_address(scope))
            raise
        return Guest(principal, self.accounts.of(principal))


def _address(scope: Mapping[str, Any]) -> str:
    """Where the other end of the connection is: an ingress, if there is one."""
    client = scope.get("client")
    return client[0] if client else ""
