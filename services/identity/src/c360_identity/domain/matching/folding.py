"""Text in the form in which it is compared: never stored as the value, never shown."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from c360_kernel.chinese import simplified

from c360_identity.domain.matching.lists import abbreviations

_REMEMBERED = 1 << 12
_LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
        "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i",
        "ї": "i", "є": "e", "ґ": "g", "ў": "u", "ѓ": "g", "ј": "j", "љ": "lj", "њ": "nj",
        "ћ": "c", "ђ": "dj", "џ": "dz",
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
        "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
        "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+|\d+")
_APOSTROPHES = re.compile(r"['’`´ʼ]")


@lru_cache(_REMEMBERED)
def fold(text: str) -> str:
    """One form of letters that are written in several: width, case, accents, script of China.

    Cyrillic and Greek letters become Latin ones.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(simplified())
    # Before accents are taken off: й and ё are letters of their own.
    parts = unicodedata.normalize("NFD", plain.translate(_LATIN))
    bare = "".join([one for one in parts if not unicodedata.combining(one)])
    return bare.translate(_LATIN)


@lru_cache(_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a folded text; a number ends a word."""
    return tuple(_WORD.findall(_APOSTROPHES.sub("", fold(text))))


@lru_cache(_REMEMBERED)
def address_words(text: str) -> tuple[str, ...]:
    """The words of an address, abbreviations written out."""
    whole = abbreviations()
    return tuple([whole.get(word, word) for word in words(text)])


def is_chinese(text: str) -> bool:
    """Whether it holds Chinese characters."""
    return any("\u4e00" <= one <= "\u9fff" for one in text)
