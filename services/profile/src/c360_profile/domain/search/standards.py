"""Words that stand for something else in the traits that are searched."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from c360_kernel.catalog.model import Catalog

from c360_profile.domain.search.keys import pairs
from c360_profile.domain.search.runs import is_chinese, runs
from c360_profile.domain.search.search import searched_traits
from c360_profile.domain.search.wanted import Standards, Way

_CATALOGS_KEPT = 2


@lru_cache(_CATALOGS_KEPT)
def standards_of(catalog: Catalog) -> Standards:
    """Spellings of one word each, by synonyms, gazetteers and words of a catalog."""
    found: dict[str, set[Way]] = {}
    for trait in searched_traits(catalog):
        known = catalog.profile_traits[trait]
        for spelling, value in (*known.synonyms.items(), *known.words.items()):
            written, meant = runs(spelling), runs(value)
            if len(written) == 1 and meant and meant != written:
                found.setdefault(written[0], set()).add(_way(meant))
    return {word: tuple(sorted(ways, key=sorted)) for word, ways in found.items()}


def _way(meant: Iterable[str]) -> Way:
    """All of these runs as they stand."""
    return frozenset[str]().union(
        *((pairs(one) or one) if is_chinese(one) else (one,) for one in meant)
    )
