"""Told values as JSON text, in whatever store."""

from __future__ import annotations

import orjson
from c360_kernel.conditions.tree import Values
from c360_kernel.record import TraitValue
from c360_kernel.sqlite_reading import from_rows


def values_text(values: Values | None) -> str | None:
    """JSON of values by name; None of nobody's."""
    return None if values is None else orjson.dumps(dict(values)).decode()


@from_rows
def read_values(text: str) -> Values:
    """Values by name; a list is a tuple of texts."""
    held: dict[str, TraitValue | list[str]] = orjson.loads(text)
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in held.items()
    }
