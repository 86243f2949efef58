"""How alike two words are: distances that a library counts."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

_REMEMBERED = 1 << 14
_LOOSE = 0.8
_LONG, _SHORT = 8, 3


@lru_cache(_REMEMBERED)
def word_distance(one: str, other: str) -> int:
    """0 for equal words, 1 near (a slip of the pen), 2 loosely alike, 3 different.

    Only errors make words near: words that merely begin alike may be different names.
    """
    if one == other:
        return 0
    wrong, short = errors(one, other), min(len(one), len(other))
    if (wrong == 1 and short >= _SHORT) or (wrong <= 2 and short >= _LONG):
        return 1
    return 2 if JaroWinkler.similarity(one, other, score_cutoff=_LOOSE) else 3


def errors(one: str, other: str) -> int:
    """How many characters are wrong, missing, too many or in changed places; 3: more than 2."""
    return OSA.distance(one, other, score_cutoff=2)
