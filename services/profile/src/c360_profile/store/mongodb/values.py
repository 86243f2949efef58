"""Values of traits, properties and tags in documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bson.int64 import Int64
from c360_kernel.mongodb import Document
from c360_kernel.payload import TagValue
from c360_kernel.record import TraitValue


def plain(values: Mapping[str, TraitValue]) -> Document:
    """Values as a document holds them."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def read_values(document: Document) -> dict[str, TraitValue]:
    """Values that a document holds."""
    # Most are texts, which are what they are.
    return {
        name: value if type(value) is str else _read_value(value)
        for name, value in document.items()
    }


def read_tag_value(value: Any) -> TagValue:  # noqa: ANN401 - what the driver decodes
    """The value of a tag."""
    return int(value) if isinstance(value, Int64) else value


def _read_value(value: Any) -> TraitValue:  # noqa: ANN401 - what the driver decodes
    if isinstance(value, list):
        return tuple(cast("list[str]", value))
    return int(value) if isinstance(value, Int64) else value
