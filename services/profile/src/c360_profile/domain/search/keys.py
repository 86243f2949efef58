"""The keys that a value is found by.

A word is its own key. Beside it stands, under `~`, what it becomes when any one letter is left out:
words that differ by one letter, or by two that changed places, share one of those. Chinese
characters have keys for every two that follow each other, and for the sound of those; short runs,
as names are, also for every single one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from c360_profile.domain.search.runs import is_chinese, runs, spelt, spoken

MISTYPED = "~"
"""Begins the keys under which a word is found with an error in it."""
SHORT = 4
"""So many Chinese characters may be a name."""
_LEAST_LETTERS = 4
_MOST_LETTERS = 24
_LONGEST = 256
_REMEMBERED = 8_192


@lru_cache(_REMEMBERED)
def keys_of(text: str) -> frozenset[str]:
    """The keys of a value; of one that is very long, those of its beginning."""
    return frozenset[str]().union(*map(keys_of_run, runs_of(text)))


def runs_of(text: str) -> tuple[str, ...]:
    """The runs of a value that it is found by."""
    return _runs(text[:_LONGEST])


# Cities, states and names come again and again.
_runs = lru_cache(_REMEMBERED)(runs)


def keys_of_run(run: str) -> frozenset[str]:
    """The keys of one run."""
    return frozenset(_of_run(run))


def pairs(parts: Sequence[str]) -> list[str]:
    """Every two parts that follow each other, as one."""
    return [one + other for one, other in pairwise(parts)]


def mistyped(word: str) -> frozenset[str]:
    """The keys that a word shares with those that are nearly the same; none of a short one."""
    if not (_LEAST_LETTERS <= len(word) <= _MOST_LETTERS and word.isalpha()):
        return frozenset()
    shorter = {word[:place] + word[place + 1 :] for place in range(len(word))}
    return frozenset(MISTYPED + one for one in (word, *shorter))


def _of_run(run: str) -> Iterator[str]:
    if not is_chinese(run):
        yield run
        yield from mistyped(run)
        # As somebody writes it who leaves no space between the syllables of a name.
        yield from _spoken_keys(spelt(run))
        return
    sounds = spoken(run)
    yield from pairs(run)
    if len(run) <= SHORT:
        yield from run
        yield from (key for pair in pairs(sounds) for key in mistyped(pair))
    yield from _spoken_keys(sounds)


def _spoken_keys(sounds: Sequence[str]) -> Iterator[str]:
    yield from pairs(sounds)
    if len(sounds) <= SHORT:
        yield from sounds
