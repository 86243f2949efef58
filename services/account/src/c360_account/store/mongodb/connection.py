"""The connection of the account service to MongoDB."""

from __future__ import annotations

from c360_kernel import mongodb
from c360_kernel.mongodb import Client

_SETTING = "C360_ACCOUNT_STORE"


def check_url(url: str) -> None:
    """Raise `SettingsError` for a URL that `open_client` would refuse. Connects to nothing."""
    open_client(url)


def open_client(url: str) -> Client:
    """A client for the account store's URL; errors name its setting."""
    return mongodb.open_client(url, _SETTING, "c360-account")
