"""Whom an export is of: the members of a segment, those that a filter finds, or all customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

import orjson
from c360_kernel.errors import Invalid

Filter = Mapping[str, object]
"""A `CustomerFilter` of the API."""


class Chosen(NamedTuple):
    """`segment` names one, `filter` tests customers; of neither, all are meant."""

    segment: str | None = None
    filter: Filter | None = None

    @property
    def tested(self) -> str:
        """What the filter tests, as `city.equals`, and never against which value."""
        return ",".join(dict.fromkeys(_paths(self.filter))) if self.filter else ""


ALL = Chosen()


def chosen_of(segment: str | None, written: str | None) -> Chosen:
    """What a command line chooses; `written` is a filter in JSON, or the file of one.

    An empty one is a variable that nobody set, and does not choose everybody. Raises `Invalid`
    (EXPORT_WHAT) for a filter that is none, and beside a segment.
    """
    if written is None:
        return Chosen(segment)
    if segment is not None:
        message = "name a segment or a filter: a filter can test for segments, too"
        raise Invalid(message, code="EXPORT_WHAT")
    return Chosen(filter=_filter(written))


def _filter(written: str) -> Filter:
    try:
        text = written.encode() if written.lstrip().startswith("{") else Path(written).read_bytes()
        found: object = orjson.loads(text)
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or not found:
        # The text is not said again: it may hold somebody's telephone.
        message = "--filter is a filter of customers in JSON, or the file of one"
        raise Invalid(message, code="EXPORT_WHAT")
    return cast("Filter", found)


def _paths(part: object, before: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for name, inner in cast("Filter", part).items():
            yield from _paths(inner, f"{before}.{name}" if before else name)
    elif isinstance(part, list) and part and isinstance(part[0], dict):
        for one in cast("list[object]", part):
            yield from _paths(one, before)
    else:
        yield before
