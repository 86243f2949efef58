"""Where in a row a value is put back: the cell of a column, or the end of a path."""

from __future__ import annotations

from collections.abc import Mapping

from c360_mapping.conversions import to_text
from c360_mapping.expression import Back


def cell_of(name: str, *, flat: bool) -> Back | None:
    """Puts a value at a column, or at a path of names; None for a path into a list."""
    if flat:
        return lambda value: {name: "" if value is None else to_text(value)}
    return None if "[" in name else lambda value: _nested(name.split("."), value)


def _nested(names: list[str], value: object) -> Mapping[str, object]:
    first, *others = names
    return {first: _nested(others, value) if others else value}
