"""Lists that people make: `{list: guests}` is who was put on it by hand, by a record of theirs.

That a record is on a list is said as a tag of it, under a name that no tag of a catalog has
(docs/decisions/0077). A list is there as long as a segment is that list and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_LIST = "list:"
LIST_WRITER = "list"
"""In whose name everybody writes a list, so that of a record what anybody said last holds."""


def list_tag(name: str) -> str:
    """The tag of what is on a list."""
    return f"{_LIST}{name}"


def list_of(tag: str) -> str | None:
    """The list whose tag this is; None for any other tag."""
    return tag.removeprefix(_LIST) if tag.startswith(_LIST) else None


def is_list(name: str, condition: object) -> bool:
    """Whether the condition of the segment of this name is its own list."""
    return condition == {"list": name}


def lists_among(conditions: Mapping[str, object]) -> Iterator[str]:
    """The segments that are lists, of these conditions by name."""
    return (name for name, condition in conditions.items() if is_list(name, condition))
