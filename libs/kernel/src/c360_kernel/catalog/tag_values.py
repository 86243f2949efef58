"""Checks what is said of tags against the catalog; messages name tags, never a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from c360_kernel.catalog.model import MOST_SCORE, Catalog, CustomerTag
from c360_kernel.catalog.values import ValueProblem, unknown_name
from c360_kernel.payload import TagValue
from c360_kernel.value_types import TypeMismatch, typed

UNKNOWN_TAG = "UNKNOWN_TAG"
TAG_VALUE = "TAG_VALUE"


class CheckedTags(NamedTuple):
    """The values by tag, None of one that is taken off, and what was wrong with the others."""

    values: Mapping[str, TagValue | None]
    problems: tuple[ValueProblem, ...]


def check_tags(catalog: Catalog, raw: Mapping[str, object], path: str = "tags") -> CheckedTags:
    """What is said of tags by name; null takes a tag off."""
    values: dict[str, TagValue | None] = {}
    problems: list[ValueProblem] = []
    for name, given in raw.items():
        tag, here = catalog.tags.get(name), f"{path}.{name}"
        if tag is None:
            problems.append(unknown_name(UNKNOWN_TAG, "tag", name, catalog.tags, here))
        elif given is None:
            values[name] = None
        else:
            value = tag_value(tag, given)
            if value is None:
                problems.append(ValueProblem(TAG_VALUE, here, _EXPECTED[tag.type]))
            else:
                values[name] = value
    return CheckedTags(values, tuple(problems))


_EXPECTED = {
    "flag": "a flag is true, or null to take it off",
    "score": f"a score is a whole number from 0 to {MOST_SCORE}, or null to take it off",
    "enum": "this is none of the tag's choices, nor null to take it off",
}


def tag_value(tag: CustomerTag, given: object) -> TagValue | None:
    """What is said of a tag, with its type; None for one that the tag cannot have."""
    try:
        value = typed(given, tag.value_type)
    except TypeMismatch:
        return None
    if isinstance(value, bool):
        return value or None
    if isinstance(value, int):
        return value if 0 <= value <= MOST_SCORE else None
    return value if isinstance(value, str) and value in tag.choices else None
