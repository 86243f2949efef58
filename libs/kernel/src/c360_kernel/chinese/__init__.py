"""Chinese characters: how they are read, and the simplified form of each.

Both lists are read once, when they are first needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


@cache
def readings() -> Mapping[str, str]:
    """The syllable of each Chinese character, without its tone."""
    return {one: syllable for syllable, held in _pairs("pinyin.txt") for one in held}


@cache
def syllables() -> frozenset[str]:
    """Every syllable that a character is read as."""
    return frozenset(readings().values())


@cache
def simplified() -> Mapping[int, str]:
    """For `str.translate`: traditional characters into simplified ones."""
    return {
        ord(a): b for old, new in _pairs("simplified.txt") for a, b in zip(old, new, strict=True)
    }


def reading(text: str) -> str:
    """Chinese characters as syllables, the rest as it stands."""
    read = readings()
    return "".join([read.get(character, character) for character in text])


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    text = (files(__name__) / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            left, _, right = line.partition(" ")
            yield left, right
