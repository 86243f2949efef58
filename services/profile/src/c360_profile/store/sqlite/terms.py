"""What a full-text index is asked for a search: its words, the rare ones first.

All documents are at places that are as good as random, so how far on the first few of a word are
tells how many there are. Where rare words alone leave a few dozen customers, those are looked at,
and the common ones, of which there may be as many as customers, are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from c360_profile.domain.search.search import PLACES, Search
from c360_profile.store.sqlite.view import View

HEX = "%x"
"""How a number is written in a document."""
SHARED = "shared"
"""What a document of several customers holds."""
_SAMPLE = 32

Ways = Sequence[frozenset[int]]


class Terms:
    """The words of a search, as they stand (`closeness` 0) or forgiven (1)."""

    def __init__(self, view: View, search: Search, closeness: int) -> None:
        self._view = view
        self._closeness = closeness
        ways = search.ways(forgiving=bool(closeness))
        self._numbers = {place: self._number(one) for place, one in enumerate(ways)}
        order = sorted(self._numbers, key=self._numbers.__getitem__)
        exact = search.ways(forgiving=False)
        self._words, self._exact = [ways[n] for n in order], [exact[n] for n in order]
        self._sizes = [self._numbers[n] for n in order]

    def few(self, enough: int) -> str | None:
        """The fewest words that leave about so many customers; None where all leave more.

        Whoever is found closer is among them.
        """
        expected, everybody = inf, max(1, self._view.tally())
        for number, size in enumerate(self._sizes):
            expected = size if number == 0 else expected * min(1.0, size / everybody)
            if expected <= enough:
                return _all_of(self._words[: number + 1])
        return None

    def all(self) -> str:
        """All words."""
        met = _all_of(self._words)
        if not self._closeness:
            return met
        # Of those who share a document one may be found exactly and another one not.
        return f'({met}) NOT (({_all_of(self._exact)}) NOT "{SHARED}")'

    def _number(self, ways: Ways) -> float:
        """About how many documents a word is in."""
        ((number, last),) = self._view.rows(
            "SELECT count(*), max(rowid) FROM (SELECT rowid FROM words WHERE words MATCH :word"
            f" ORDER BY rowid LIMIT {_SAMPLE})",
            word=_word(ways),
        )
        return number if number < _SAMPLE else number * PLACES / max(1, last)


def _all_of(words: Iterable[Ways]) -> str:
    return " AND ".join(map(_word, words))


def _word(ways: Ways) -> str:
    return f"({' OR '.join(map(_way, ways))})"


def _way(numbers: frozenset[int]) -> str:
    return f"({' AND '.join(map(_term, sorted(numbers)))})"


def _term(number: int) -> str:
    return f'"{HEX}"' % number
