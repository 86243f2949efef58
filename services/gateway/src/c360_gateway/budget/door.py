"""Who comes in, and on whose account: one way for HTTP requests and for sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from c360_gateway.audit.refusals import Refusals
from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.principal import Principal
from c360_gateway.auth.verifier import TokenVerifier
from c360_gateway.budget.account import Account
from c360_gateway.budget.accounts import Accounts, Strangers, network_of
from c360_gateway.budget.rate_limited import RateLimited


class Guest(NamedTuple):
    """Somebody whose token was accepted, and the address that it came from."""

    principal: Principal
    account: Account
    address: str


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in whoever has a token that is accepted; others are slowed and put on record."""

    verifier: TokenVerifier
    accounts: Accounts
    strangers: Strangers
    refusals: Refusals

    async def enter(self, scope: Mapping[str, Any], authorization: str | None) -> Guest:
        """Raises `Unauthenticated`, or `RateLimited` for too many of those from one address."""
        address = address_of_caller(scope)
        try:
            principal = self.verifier.authenticate(authorization)
        except Unauthenticated as refused:
            await self._turn_away(refused, address)
            raise
        return Guest(principal, self.accounts.of(principal), address)

    async def _turn_away(self, refused: Unauthenticated, address: str) -> None:
        network = network_of(address)
        await self.refusals.login(refused, address, network)
        try:
            await self.strangers.turned_away(address)
        except RateLimited as limited:
            await self.refusals.stranger(limited.code, address, network)
            raise


def address_of_caller(scope: Mapping[str, Any]) -> str:
    """Where the other end of the connection is: an ingress, if there is one."""
    client = scope.get("client")
    return client[0] if client else ""
