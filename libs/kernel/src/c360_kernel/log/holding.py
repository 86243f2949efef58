"""How full a partition is that forgets its first entries where it holds too many bytes."""

from __future__ import annotations

from typing import NamedTuple

ENTRY_BYTES = 300
"""About what an entry takes beside its data."""


class Holding(NamedTuple):
    """About how many bytes entries take, and how many the partition holds before it forgets."""

    bytes: int
    most: int
