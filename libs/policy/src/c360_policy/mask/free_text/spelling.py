"""A text in the spellings that personal data may hide in: wide, encoded, in other digits."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from c360_policy.mask.structure import folded

_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
# An address in an address in an address.
_DECODINGS = 3
_NUMERALS = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇幺壹贰叁肆伍陆柒捌玖", "01123456789", strict=True)),
    **dict(zip("貳參陸", "236", strict=True)),
}
_SPOKEN = str.maketrans(_NUMERALS)


def plain(text: str) -> str:
    """Wide forms narrow, what cannot be seen gone, the digits of every script those of ASCII."""
    text = folded(text)
    return text if text.isascii() else "".join(map(_digit, text))


def decoded(text: str) -> str:
    """What an address says: `%40` is `@`, however often it was encoded."""
    for _ in range(_DECODINGS):
        if _ENCODED.search(text) is None:
            break
        text = unquote(text)
    return text


def spoken(text: str) -> str:
    """Chinese numerals as digits; every character stays in its place."""
    return text if text.isascii() else text.translate(_SPOKEN)


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
