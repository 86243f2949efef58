"""What things are called, in the languages of those who read it."""

from __future__ import annotations

import re
from collections.abc import Mapping

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh-Hans")
"""The languages a title may be given in, the first one first."""

Titles = Mapping[str, str]
"""By language."""


def title_in(language: str, titles: Titles, name: str) -> str:
    """The title in a language, else in English, else what the name says: `lastSeenAt`."""
    return titles.get(language) or titles.get(ENGLISH) or _spoken(name)


def described(titles: Titles, description: str) -> str:
    """What a schema says of something: its titles, and what it is. Empty when nobody said."""
    called = " / ".join(titles[one] for one in LANGUAGES if one in titles)
    return ": ".join(part for part in (called, description) if part)


def _spoken(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_|-", " ", name).lower()
    return words[:1].upper() + words[1:]
