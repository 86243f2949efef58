"""The verified caller."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from c360_kernel.context import Attributes

from c360_gateway.auth.break_glass import Glass

EVERY_SOURCE = "*"


class TokenValidity(Protocol):
    """Whether what let a caller in would let it in again now."""

    def holds(self) -> bool:
        """False once the token was revoked, or its key is trusted no more."""
        ...

    async def ended(self) -> None:
        """Return once it holds no more."""
        ...


class _AlwaysValid:
    """Nothing takes it back."""

    def holds(self) -> bool:
        return True

    async def ended(self) -> None:
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, in which roles, for what purpose, the sources that they may write, and attributes.

    `roles` is sorted; `expires_at` is seconds since the epoch; a subject is one of its issuer.
    `token_id` is the token's `jti`, or empty.
    `purpose` is one of those that the token claims, once a request has said which.
    `glass` is the role among them that is open for a while.
    Whoever stays, as subscribers do, asks `validity` now and then.
    """

    subject: str
    roles: tuple[str, ...]
    purpose: str
    sources: frozenset[str]
    expires_at: int
    issuer: str = ""
    glass: Glass | None = None
    claimed_purposes: str = ""
    attributes: Attributes = ()
    token_id: str = ""
    validity: TokenValidity = field(default_factory=_AlwaysValid, compare=False, repr=False)

    @property
    def purposes(self) -> tuple[str, ...]:
        """All purposes of the token."""
        return tuple((self.claimed_purposes or self.purpose).split())

    def may_write(self, source: str) -> bool:
        """Whether the token names this source."""
        return EVERY_SOURCE in self.sources or source in self.sources
