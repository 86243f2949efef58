"""What somebody who types a text into a search box looks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from c360_kernel.errors import Invalid
from c360_kernel.record import TraitValue

from c360_profile.domain.search.keys import keys_of, mistyped, pairs
from c360_profile.domain.search.runs import is_chinese, runs, spelt, spoken

LONGEST_TEXT = 200
MOST_WORDS = 8
_LEAST_FORGIVEN = 4

Way = frozenset[str]
"""Keys that one value has to have, all of them."""
Standards = Mapping[str, Collection[Way]]
"""By a word how values are found that it stands for."""


class SearchInvalid(Invalid):
    """Nothing that can be searched for. The message never quotes what was typed."""

    code = "SEARCH_INVALID"


class Word(NamedTuple):
    """A word of the text: the ways in which it is found as it stands, and all ways."""

    exact: tuple[Way, ...]
    all: tuple[Way, ...]


def wanted_of(text: str, standards: Standards = MappingProxyType({})) -> tuple[Word, ...]:
    """The words of a text, in any order. Raises `SearchInvalid` for none, or for too much.

    A word that is a spelling of something else finds that, too.
    """
    if len(text) > LONGEST_TEXT:
        raise SearchInvalid(f"a search has {LONGEST_TEXT} characters at most")
    found = tuple(dict.fromkeys(runs(text)))
    if not found:
        raise SearchInvalid("a search needs a letter or a digit")
    if len(found) > MOST_WORDS:
        raise SearchInvalid(f"a search has {MOST_WORDS} words at most")
    return tuple(_word(run, standards.get(run, ())) for run in found)


def closeness(words: tuple[Word, ...], values: Mapping[str, TraitValue]) -> int | None:
    """0 for values with every word as it stands, 1 if some are forgiven, None if one is missing."""
    held = [keys_of(value) for value in values.values() if isinstance(value, str)]
    if all(_is_found(word.exact, held) for word in words):
        return 0
    return 1 if all(_is_found(word.all, held) for word in words) else None


def _is_found(ways: tuple[Way, ...], held: list[frozenset[str]]) -> bool:
    return any(way <= keys for way in ways for keys in held)


def _word(run: str, meant: Iterable[Way]) -> Word:
    exact = tuple(dict.fromkeys((*_exact(run), *meant)))
    return Word(exact, tuple(dict.fromkeys((*exact, *_forgiven(run)))))


def _exact(run: str) -> Iterator[Way]:
    if is_chinese(run):
        yield frozenset(pairs(run) or run)
        return
    yield frozenset((run,))
    sounds = spelt(run)
    if len(sounds) > 1:
        yield frozenset(pairs(sounds))
        yield frozenset(sounds)


def _forgiven(run: str) -> Iterator[Way]:
    if not is_chinese(run):
        yield from (frozenset((key,)) for key in sorted(mistyped(run)))
        return
    sounds = spoken(run)
    yield frozenset(pairs(sounds) or sounds)
    if len(run) >= _LEAST_FORGIVEN:
        # One character is another one: the pairs that it is no part of are there.
        for wrong in range(len(run)):
            held = frozenset((*pairs(run[:wrong]), *pairs(run[wrong + 1 :])))
            # One pair alone may be a surname, which many have.
            if len(held) > 1:
                yield held
