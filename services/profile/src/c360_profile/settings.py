"""Settings of the profile service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class ProfileSettings(Settings):
    """Read from `C360_*` by the composition root."""

    profile_store: str | None = Field(
        default=None,
        repr=False,  # a URL may hold a password
        description="Where records, events and profiles are kept: `sqlite:///PATH` or"
        " `mongodb://HOST/DATABASE`; unset: profile.db in the data directory.",
    )
