"""Settings of the identity service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class IdentitySettings(Settings):
    """Read from `C360_*` by the composition root."""

    identity_store: str | None = Field(
        default=None,
        repr=False,  # a URL may hold a password
        description="Where the evidence graph is kept: `sqlite:///PATH` or"
        " `neo4j://user:password@host:7687[?prefix=LETTERS][&database=NAME]` (`neo4j+s://` with"
        " TLS); unset: identity.db in the data directory.",
    )
