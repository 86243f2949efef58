"""Settings of the account service."""

from __future__ import annotations

from c360_kernel.settings import Settings
from pydantic import Field


class AccountSettings(Settings):
    """Read from `C360_*` by the composition root."""

    account_store: str | None = Field(
        default=None,
        repr=False,  # a URL may hold a password
        description="Where accounts are kept: `sqlite:///PATH` or `mongodb://HOST/DATABASE`; unset:"
        " account.db in the data directory.",
    )
