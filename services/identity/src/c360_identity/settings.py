"""Settings of the identity service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class IdentitySettings(Settings):
    """Read from `C360_*` by the composition root."""

    identity_store: str | None = Field(
        default=None,
        description="Where the evidence graph is kept: `sqlite:///PATH`; unset: identity.db in"
        " the data directory.",
    )
