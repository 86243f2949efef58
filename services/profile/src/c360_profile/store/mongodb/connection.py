"""Profile's connections to MongoDB."""

from __future__ import annotations

from c360_kernel import mongodb
from c360_kernel.mongodb import Client

from c360_profile.store.mongodb.line import Breaks


def check_url(url: str) -> None:
    """Raise `SettingsError` for a URL that `open_client` would refuse. Connects to nothing."""
    open_client(url)


def open_client(url: str, *listeners: Breaks) -> Client:
    """A client for the profile store's URL; errors name its setting."""
    return mongodb.open_client(url, "C360_PROFILE_STORE", "c360-profile", listeners)
