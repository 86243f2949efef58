"""Versions of derived things: (rebuild epoch, counter), growing only."""

from __future__ import annotations

from typing import NamedTuple


class Version(NamedTuple):
    """Orders the states of one key. A rebuild starts a new epoch, so it outranks what was."""

    epoch: int
    counter: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.counter}"
