"""Settings of the profile service."""

from __future__ import annotations

from pathlib import Path

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
    profile_model: Path | None = Field(
        default=None,
        description="By which model quintiles of customers are told: the path of one that"
        " `c360 profile fit` wrote; unset: they are not. After a change profile folds its"
        " customers anew (docs/scores.md).",
    )
