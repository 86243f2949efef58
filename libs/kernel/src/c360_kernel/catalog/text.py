"""Text that looks equal is equal: one form for what differs only where nobody sees it.

Canonical composition (Unicode UAX #15, NFC), full-width letters and digits and half-width
katakana in their ordinary width, and no invisible format characters. Joiners stay where a script
or an emoji needs them (RFC 5892, appendix A; Unicode UTS #51). Everything else, capitals and
compatibility forms such as ligatures included, stays as it is written.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA = 9
# Format characters that are seen: signs that span the digits after them (Arabic, Syriac, Kaithi).
_VISIBLE = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
_JOINING = (
    *("ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI"),
    *("GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER"),
    *("TIBETAN", "MYANMAR", "LIMBU", "PHAGS-PA"),
)
_FLAG = "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
_CHARACTERS = 8_192
"""Of so many it is remembered how they are; a language writes with some thousands."""


def clean(text: str) -> str:
    """The text in its one form, without white space around it."""
    return unified(text).strip()


def unified(text: str) -> str:
    """The text in its one form."""
    if text.isascii():
        return text
    narrow = "".join(map(_ordinary_width, text))
    return _without_invisible(unicodedata.normalize("NFC", narrow))


@lru_cache(_CHARACTERS)
def _ordinary_width(character: str) -> str:
    width = unicodedata.decomposition(character)
    if not width.startswith(("<wide>", "<narrow>")):
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isalnum() or plain.isspace() or ord(character) >= 0xFF61 else character


def _without_invisible(text: str) -> str:
    if not any(_is_invisible(character) for character in text):
        return text
    return "".join(
        character
        for place, character in enumerate(text)
        if not _is_invisible(character) or _is_needed(text, place)
    )


@lru_cache(_CHARACTERS)
def _is_invisible(character: str) -> bool:
    if character in _VISIBLE:
        return False
    return unicodedata.category(character) == "Cf" or character in _BLANK_LETTERS


def _is_needed(text: str, place: int) -> bool:
    character, before, after = text[place], text[:place], text[place + 1 :]
    if character in (_ZWJ, _ZWNJ):
        return bool(before and after) and _joins(character, before, after)
    # A flag of a region is spelt by tags after a black flag.
    return ord(character) in _TAGS and _FLAG in before


def _joins(joiner: str, before: str, after: str) -> bool:
    if unicodedata.combining(before[-1]) == _VIRAMA:
        return True
    if joiner == _ZWJ and _is_emoji(before[-1]) and _is_emoji(after[0]):
        return True
    return _is_joining(before[-1]) and _is_joining(after[0])


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") or character in "\ufe0f\u20e3♀♂⚕⚖✈"


def _is_joining(character: str) -> bool:
    """A letter of a script that joins; signs of such a script that nobody sees join nothing."""
    if _is_invisible(character):
        return False
    return unicodedata.name(character, "").startswith(_JOINING)
