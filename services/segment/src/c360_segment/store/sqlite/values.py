"""Trait and property values as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from c360_kernel.record import TraitValue


def write_values(values: Mapping[str, TraitValue]) -> str:
    """JSON of values by name."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def read_values(text: str) -> dict[str, TraitValue]:
    """Values by name; a list is a tuple of texts."""
    if text == "{}":
        return {}
    held: dict[str, TraitValue | list[str]] = json.loads(text)
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in held.items()
    }
