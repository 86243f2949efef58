"""The verified caller."""

from __future__ import annotations

from dataclasses import dataclass

EVERY_SOURCE = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, in which roles, for what purpose, and the sources that they may write.

    `roles` is sorted; `expires_at` is seconds since the epoch; a subject is one of its issuer.
    """

    subject: str
    roles: tuple[str, ...]
    purpose: str
    sources: frozenset[str]
    expires_at: int
    issuer: str = ""

    def may_write(self, source: str) -> bool:
        """Whether the token names this source."""
        return EVERY_SOURCE in self.sources or source in self.sources
