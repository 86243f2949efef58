"""Which calls are on the log already: one that is sent again costs the log nothing."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from c360_federation.caches import Lru

from c360_gateway.doors.tracking.mapping import CallName

_DIGEST_BYTES = 12


class SeenCalls:
    """The names of the last calls that were taken in this process.

    What it does not know, as after a start, is appended once more, and recognised by the services.
    """

    def __init__(self, most: int) -> None:
        self._seen: Lru[bytes, bool] = Lru(most)

    def holds(self, name: CallName) -> bool:
        """Whether a call of this name was taken."""
        return self._seen.get(_digest(name)) is not None

    def put(self, names: Iterable[CallName]) -> None:
        """Remember calls that were taken."""
        for name in names:
            self._seen.put(_digest(name), True)


def _digest(name: CallName) -> bytes:
    text = "\0".join(name).encode(errors="replace")
    return blake2b(text, digest_size=_DIGEST_BYTES).digest()
