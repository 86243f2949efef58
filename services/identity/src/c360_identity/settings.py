"""Settings of the identity service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field

WITHOUT_MODEL = "none"


class IdentitySettings(Settings):
    """Read from `C360_*` by the composition root."""

    identity_store: str | None = Field(
        default=None,
        repr=False,  # a URL may hold a password
        description="Where the evidence graph is kept: `sqlite:///PATH` or"
        " `neo4j://user:password@host:7687[?prefix=LETTERS][&database=NAME]` (`neo4j+s://` with"
        " TLS); unset: identity.db in the data directory.",
    )
    identity_model: str = Field(
        default="default",
        description="What makes records that look alike one customer: `default` for the model that"
        f" ships, the path of one that `c360 identity train` wrote, or `{WITHOUT_MODEL}`: equal"
        " identifiers alone. A change makes identity derive its store anew (docs/matching.md).",
    )

    @property
    def compares(self) -> bool:
        """Whether likeness is evidence at all."""
        return self.identity_model != WITHOUT_MODEL
