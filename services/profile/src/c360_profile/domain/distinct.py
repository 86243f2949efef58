"""How many different values there are, in little memory: the k smallest hashes tell.

Bar-Yossef and others: Counting distinct elements in a data stream, 2002. Exact below k values, then
within about 3 per cent.
"""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass, field

_KEPT = 1_024
_HASH_BYTES = 8
_HASHES = 2 ** (8 * _HASH_BYTES)


@dataclass(slots=True)
class Distinct:
    """Counts different values. Of equal sets of values it is equal, in whatever order they came."""

    _smallest: set[int] = field(default_factory=set[int])
    _heap: list[int] = field(default_factory=list[int])

    def add(self, value: object) -> None:
        """Count a value, once however often it comes."""
        digest = hashlib.blake2b(repr(value).encode(), digest_size=_HASH_BYTES).digest()
        self._take(int.from_bytes(digest, "big"))

    def take_over(self, other: Distinct) -> None:
        """Count all that another one counted."""
        for one in other._smallest:
            self._take(one)

    @property
    def count(self) -> int:
        """How many there are."""
        if len(self._smallest) < _KEPT:
            return len(self._smallest)
        return round((_KEPT - 1) * _HASHES / -self._heap[0])

    def _take(self, one: int) -> None:
        if one in self._smallest or (len(self._heap) == _KEPT and one > -self._heap[0]):
            return
        self._smallest.add(one)
        # The greatest of those kept is the first of their negatives.
        if len(self._heap) < _KEPT:
            heapq.heappush(self._heap, -one)
        else:
            self._smallest.discard(-heapq.heapreplace(self._heap, -one))
