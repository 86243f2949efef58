"""Loading what several fields of one request ask for, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")


class SharedLoader(DataLoader[K, V]):
    """A data loader whose loads do not end with one of those who wait for them.

    An error at a non-null field cancels the fields beside it, and to cancel what waits for a
    load cancels the load; another field, in a part of the answer that the error leaves alone,
    may be waiting for the same one.
    """

    def load(self, key: K) -> Awaitable[V]:
        """The value of a key, with those of the other keys asked for meanwhile."""
        return asyncio.shield(super().load(key))
