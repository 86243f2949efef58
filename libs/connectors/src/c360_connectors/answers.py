"""Where something stands in what a source answers: `result.items`, `[0][0].code`, or all of it."""

from __future__ import annotations

from collections.abc import Callable

from c360_mapping import paths

_ALL = "answer"
Find = Callable[[object], list[object]]
"""All values at a path of a whole answer, be that an object or a list."""


def finder(text: str) -> Find:
    """Finds what is at a path; at an empty one, the answer. Raises `paths.PathInvalid`."""
    if not text:
        return lambda answer: [answer]
    joint = "" if text.startswith("[") else "."
    find = paths.path(f"{_ALL}{joint}{text}")
    return lambda answer: find({_ALL: answer})


def first(find: Find, answer: object) -> object:
    """The first value there, None where there is none."""
    found = find(answer)
    return found[0] if found else None
