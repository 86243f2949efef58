"""Settings of the account service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class AccountSettings(Settings):
    """Read from `C360_*` by the composition root."""

    account_store: str | None = Field(
        default=None,
        description="Where accounts are kept: `sqlite:///PATH`; unset: account.db in the data"
        " directory.",
    )
