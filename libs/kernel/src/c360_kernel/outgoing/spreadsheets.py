"""Cells of files that people open with a spreadsheet, which computes what looks like a formula."""

from __future__ import annotations

import re

# A number with its sign, as telephones have it, computes nothing.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9][0-9 .]*\Z)")


def as_text(text: str) -> str:
    """A text, marked as one where a spreadsheet would compute it."""
    return f"'{text}" if _FORMULA.match(text) else text
