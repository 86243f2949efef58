"""Templates of the catalog: text with `{names}` in it, of what is told when it is filled in.

`{{` and `}}` stand for the signs themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, TypeAlias

from c360_kernel.nearest import did_you_mean

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|([{}])|([^{}]+)")


class Name(NamedTuple):
    """What stands between two braces."""

    of: str


Pieces: TypeAlias = tuple["str | Name", ...]


def pieces_of(text: str) -> Pieces:
    """Text and names, in their order. Raises `ValueError` for a brace that is alone."""
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[str | Name]:
    for match in _PARTS.finditer(text):
        name, stray, plain = match.groups()
        if stray:
            raise ValueError(f"a single {stray} (write {stray * 2} for itself)")
        yield Name(name) if name else plain or match[0][0]


def filled(text: str, value: Callable[[str], str]) -> str:
    """A template that was checked, with the text that stands for each name."""
    return "".join(one if isinstance(one, str) else value(one.of) for one in pieces_of(text))


def fault_in(text: str, known: Collection[str]) -> str:
    """What is wrong with a template whose names are to be among these; "" for nothing."""
    try:
        named = [one.of for one in pieces_of(text) if isinstance(one, Name)]
    except ValueError as error:
        return str(error)
    for one in named:
        if one not in known:
            hint = did_you_mean(one, known) or f"; known: {', '.join(sorted(known))}"
            return f"unknown name '{one}'{hint}"
    return ""
