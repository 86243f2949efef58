"""Text cut into what is written together: words, numbers, and Chinese in one go."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from c360_kernel.chinese import readings, simplified, syllables

_REMEMBERED = 16_384
_LONGEST_SYLLABLE = 6
_LONGEST_SPELT = 40
_CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{_CHINESE}]+|[^\W\d_{_CHINESE}]+|\d+")
_APOSTROPHES = re.compile(r"['’`´ʼ]")


def runs(text: str) -> tuple[str, ...]:
    """The runs of a text, whatever its case, width, accents and script of Chinese."""
    return tuple(_RUN.findall(_APOSTROPHES.sub("", _folded(text))))


def is_chinese(run: str) -> bool:
    """Whether a run is of Chinese characters."""
    return "\u3400" <= run[0] <= "\u9fff"


def spoken(run: str) -> tuple[str, ...]:
    """The syllables of Chinese characters; one that nobody knows stands for itself."""
    read = readings()
    return tuple([read.get(character, character) for character in run])


@lru_cache(_REMEMBERED)
def spelt(word: str) -> tuple[str, ...]:
    """The syllables that a word is spelt of, as few as they may be; none if it is no pinyin."""
    if len(word) > _LONGEST_SPELT or not (word.isascii() and word.isalpha()):
        return ()
    best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, one = best[start], word[start:end]
            if before is not None and one in syllables() and _is_shorter(before, best[end]):
                best[end] = (*before, one)
    return best[len(word)] or ()


def _is_shorter(before: tuple[str, ...], held: tuple[str, ...] | None) -> bool:
    return held is None or len(before) + 1 < len(held)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(simplified())
    parts = unicodedata.normalize("NFD", plain)
    return "".join([one for one in parts if not unicodedata.combining(one)])
