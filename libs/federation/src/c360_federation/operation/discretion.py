"""What a refused operation may tell of the schema to who may not see it."""

from __future__ import annotations

import re

from c360_federation.errors import (
    BAD_VARIABLES,
    VALIDATION_FAILED,
    ErrorEntry,
    without_suggestion,
)

_QUOTED = re.compile(r"""(['"])([^'"]*)\1""")
_WORD = re.compile(r"\w+")
_ABOUT_THE_SCHEMA = frozenset((VALIDATION_FAILED, BAD_VARIABLES))


def discreet(error: ErrorEntry, query: str) -> ErrorEntry:
    """The error with no name in it that the query does not contain, and without a suggestion.

    Whoever may not ask for the schema learns what was wrong, and where, in their own words.
    """
    if error["extensions"]["code"] not in _ABOUT_THE_SCHEMA:
        return error
    written = frozenset(_WORD.findall(query))
    message = without_suggestion(str(error["message"]))
    return {**error, "message": _QUOTED.sub(lambda found: _own(found, written), message)}


def _own(found: re.Match[str], written: frozenset[str]) -> str:
    quote, text = found.groups()
    told = ".".join(
        part if written.issuperset(_WORD.findall(part)) else "…" for part in text.split(".")
    )
    return f"{quote}{told}{quote}"
