"""Paths into nested rows: `store.city`, `FEATURES[].PHONE_NUMBER`, `names[0].first`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

_SEGMENT = re.compile(r"^(?P<name>[^\[\]]+)(?P<steps>(\[\d*\])*)$")

Cells = Mapping[str, object]
Find = Callable[[Cells], list[object]]
"""All values at a path of a row, in order; null is a value, a name that is not there is not."""


class PathInvalid(ValueError):
    """Not the text of a path."""


class _EveryItem(NamedTuple):
    pass


_Step = str | int | _EveryItem


def column(name: str) -> Find:
    """Finds the cell of a flat row, whatever characters the column's name holds."""

    def find(cells: Cells) -> list[object]:
        return [cells[name]] if name in cells else []

    return find


def path(text: str) -> Find:
    """Finds values in nested objects and lists; `[]` walks over every item of a list."""
    steps = _steps(text)

    def find(cells: Cells) -> list[object]:
        found: list[object] = [cells]
        for step in steps:
            found = [inner for value in found for inner in _into(value, step)]
        return found

    return find


def _steps(text: str) -> list[_Step]:
    steps: list[_Step] = []
    for segment in text.split("."):
        match = _SEGMENT.match(segment)
        if match is None:
            raise PathInvalid(text)
        steps.append(match["name"])
        for index in re.findall(r"\[(\d*)\]", match["steps"]):
            steps.append(int(index) if index else _EveryItem())
    return steps


def _into(value: object, step: _Step) -> list[object]:
    if isinstance(step, str):
        cells = cast(Cells, value) if isinstance(value, dict) else {}
        return [cells[step]] if step in cells else []
    items = cast(list[object], value) if isinstance(value, list) else []
    return items if isinstance(step, _EveryItem) else items[step : step + 1]


def paths_in(value: object, prefix: str = "") -> Iterator[str]:
    """Every path that leads to a scalar in a row, list items as `[]`."""
    if isinstance(value, dict):
        for name, inner in cast(Cells, value).items():
            yield from paths_in(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list):
        for inner in cast(list[object], value):
            yield from paths_in(inner, f"{prefix}[]")
    else:
        yield prefix
