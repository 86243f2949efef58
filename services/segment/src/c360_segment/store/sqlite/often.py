"""How often numbers come up, as bitmaps: who did once, who did twice, and so on."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence

from pyroaring import BitMap


class Often:
    """Of numbers that come some at a time: those that came once, twice, up to `least` times."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._levels: list[BitMap] = []

    def add(self, numbers: array[int]) -> None:
        """Count some of them; fastest where none of these is the same as another."""
        if self._least == 1 and self._levels:
            self._levels[0].update(numbers)
            return
        some = BitMap(numbers)
        if len(some) < len(numbers):
            self._add_repeated(numbers)
        else:
            self._raise(some)

    def _add_repeated(self, numbers: array[int]) -> None:
        times = Counter(numbers)
        for level in range(min(self._least, max(times.values()))):
            self._raise(BitMap([number for number, often in times.items() if often > level]))

    def _raise(self, some: BitMap) -> None:
        """Whoever was in a level already is in the next one, too."""
        for level in self._levels:
            again = level & some
            level |= some  # noqa: PLW2901 - in place
            some = again
            if not some:
                return
        if len(self._levels) < self._least:
            self._levels.append(some)

    @property
    def levels(self) -> Sequence[BitMap]:
        """Who came at least once, at least twice, and so on."""
        return self._levels

    @property
    def enough(self) -> BitMap:
        """Who came at least so many times."""
        return self._levels[-1] if len(self._levels) == self._least else BitMap()
