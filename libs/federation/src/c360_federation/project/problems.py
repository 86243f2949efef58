"""Which nulls still need an explanation of their own."""

from __future__ import annotations

from collections.abc import Sequence

from c360_federation.errors import ErrorEntry
from c360_federation.values import Json


def unexplained(found: list[ErrorEntry], told: list[ErrorEntry]) -> list[ErrorEntry]:
    """Leave out what an error that is already told explains: at the place, above or below it."""
    explained = [_keys(error.get("path") or ()) for error in told]
    return [error for error in found if not _is_explained(_keys(error["path"]), explained)]


def _is_explained(path: tuple[Json, ...], explained: list[tuple[Json, ...]]) -> bool:
    return any(path[: len(one)] == one or one[: len(path)] == path for one in explained)


def _keys(path: Sequence[Json]) -> tuple[Json, ...]:
    # Denials and failed calls name no list positions, so positions cannot count.
    return tuple(step for step in path if isinstance(step, str))
