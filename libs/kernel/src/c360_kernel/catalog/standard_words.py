"""Words of a text, each replaced by what it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = re.compile(r"(?<![^\W_])([^\W\d_]+)\.?(?![^\W_])")


def is_word(text: str) -> bool:
    """Whether a text is one word, with or without a full stop behind it."""
    return _WORD.fullmatch(text) is not None


def looked_up(text: str, spellings: Mapping[str, str]) -> str | None:
    """What a spelling stands for, in whatever case it is written; None of what is none."""
    found = spellings.get(text)
    return spellings.get(text.casefold()) if found is None else found


def standard_words(text: str, spellings: Mapping[str, str]) -> str:
    """The text with each word that is a spelling replaced; what is between them stays."""
    return _WORD.sub(lambda found: _standard(found, spellings), text)


def _standard(found: re.Match[str], spellings: Mapping[str, str]) -> str:
    whole, bare = found.group(), found.group(1)
    meant = looked_up(whole, spellings)
    if meant is None:
        meant = looked_up(bare, spellings)
    return whole if meant is None else meant
