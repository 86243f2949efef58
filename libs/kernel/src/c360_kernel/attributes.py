"""A caller's attributes as text, as the audit keeps them beside what was asked with them."""

from __future__ import annotations

from typing import cast

import orjson

from c360_kernel.context import Attributes

DETAIL = "attributes"
"""Where an act on record has them, among its details."""


def attributes_text(attributes: Attributes) -> str:
    """A JSON object of lists; nothing for none."""
    if not attributes:
        return ""
    return orjson.dumps({name: list(values) for name, values in attributes}).decode()


def attributes_of_text(text: str) -> Attributes:
    """The attributes of a text; none of one that is not of that form."""
    try:
        parsed = cast("dict[str, list[str]]", orjson.loads(text)) if text else {}
        return tuple((name, tuple(map(str, values))) for name, values in sorted(parsed.items()))
    except (ValueError, TypeError, AttributeError):
        return ()
