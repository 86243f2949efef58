"""Values by name as one text of JSON: no store is asked for a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson
from c360_kernel.record import TraitValue


def values_text(values: Mapping[str, TraitValue]) -> str:
    """What `read_values` reads."""
    return orjson.dumps(dict(values)).decode()


def read_values(text: str) -> dict[str, TraitValue]:
    """Values by name: a list is one of texts."""
    given = cast("dict[str, Any]", orjson.loads(text))
    return {name: tuple(one) if isinstance(one, list) else one for name, one in given.items()}
