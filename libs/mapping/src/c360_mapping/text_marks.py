"""Marks by which spreadsheets are told to leave a text alone: `="00123"` and `'00123`."""

from __future__ import annotations

import re

_FORMULA = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
# An apostrophe before a word belongs to it ('t Hooft); before a code or a sign it is a mark.
_APOSTROPHE = re.compile(r"'([=+\-@].*|\d[\dA-Z .,:/_\-]*)", re.DOTALL)


def without_text_mark(text: str) -> str:
    """The text that the mark protects, without space around it; other text as it is."""
    if text[:1] not in ("=", "'"):
        return text
    if formula := _FORMULA.fullmatch(text):
        return formula[1].replace('""', '"').strip()
    marked = _APOSTROPHE.fullmatch(text)
    return marked[1].strip() if marked else text
