"""Rows to import, and what is known of where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from c360_mapping.row import BrokenRow, Row


@dataclass(frozen=True, slots=True)
class Source:
    """`digest` names the content and `lines` is its length: None of a stream, which has no end yet.

    `written_ms` is when it was written (ms UTC). `remarks` are to be said before anything is sent,
    `remarks_after` when the last row was read; `state_at` is what the source last said, before so
    many rows, of how far it has come: None for nothing new.
    """

    name: str
    rows: Iterator[Row | BrokenRow]
    written_ms: int
    digest: str | None
    lines: int | None
    remarks: Sequence[str]
    remarks_after: Callable[[], Iterator[str]]
    state_at: Callable[[int], object]
