"""What every store in memory keeps beside its own: whose it is, and what was begun."""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.log.entry import Entry, Partition, Span, spans_of
from c360_kernel.log.identity import Origin, claimed_by
from c360_kernel.projection.port import Attempt


class MemoryMarks:
    """The part of a `ProjectionStore` that says so; nothing survives the process."""

    def __init__(self) -> None:
        self._attempts: dict[tuple[Partition, Span], int] = {}
        self._origin: Origin | None = None

    async def claimed(self, by: Origin) -> Origin:
        """What the store is fed from; `by`, if it was never told."""
        self._origin = claimed_by(self._origin, by)
        return self._origin

    async def attempts(self) -> Sequence[Attempt]:
        """What was begun and never ended."""
        return [
            Attempt(partition, *span, times) for (partition, span), times in self._attempts.items()
        ]

    async def begin(self, entries: Sequence[Entry]) -> None:
        """Remember that handling these entries begins."""
        for begun in spans_of(entries).items():
            self._attempts[begun] = self._attempts.get(begun, 0) + 1

    async def end(self, entries: Sequence[Entry]) -> None:
        """These entries are handled or put aside."""
        done = spans_of(entries)
        self._attempts = {
            (partition, span): times
            for (partition, span), times in self._attempts.items()
            if partition not in done or span.last > done[partition].last
        }
