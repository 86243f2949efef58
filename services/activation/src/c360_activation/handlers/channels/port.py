"""The port of whatever tells a destination something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from c360_kernel.outgoing.reaching import Reach

from c360_activation.domain.parcel import Parcel
from c360_activation.domain.trying import Answer
from c360_activation.handlers.posting import Post

Send: TypeAlias = Callable[[], Awaitable[Answer]]
"""Makes one try. Raises `C360Error` where no answer came."""


class Channel(Protocol):
    """Tells one destination, in the way of its kind. One object serves one event loop."""

    def ready(self) -> None:
        """Raises `C360Error` where a secret or the like is not there that it needs."""
        ...

    def packed(self, parcel: Parcel) -> Send:
        """What sends a parcel.

        Raises `Withheld` for one that cannot be told in this way, `SettingsError` as `ready`.
        """
        ...

    def probe(self) -> Send:
        """What finds out whether it can be told something, and tells it of nobody."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What channels work with.

    `keys` is the folder of the destinations' secrets, `files` that of what is written for them;
    `now_ms` tells the time, UTC; `log` is where the log itself is, as `C360_LOG` says it, "" for
    the embedded one.
    """

    post: Post
    reach: Reach
    keys: Path
    files: Path
    timeout_s: float
    now_ms: Callable[[], int]
    log: str = ""
