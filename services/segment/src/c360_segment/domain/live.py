"""The segments of the catalog and those that people saved, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.segments import Segments, beside_saved


class SavedSegments(Protocol):
    """What a store knows of segments that people saved."""

    async def saved_mark(self) -> str:
        """A name of all that is saved; "" of nothing."""
        ...

    async def saved(self) -> Sequence[SavedSegment]:
        """The newest version of each, by name, archived ones too."""
        ...

    async def saved_versions(self, name: str) -> Sequence[SavedSegment]:
        """All versions of one, newest first."""
        ...


class LiveSegments:
    """Compiled anew when what is saved has changed. Safe to share between threads."""

    def __init__(self, of_catalog: Segments) -> None:
        self.of_catalog = of_catalog
        self._held = "", of_catalog

    async def of(self, store: SavedSegments) -> Segments:
        """What holds by a store: a file that others write, or a transaction of it."""
        mark = await store.saved_mark()
        held, segments = self._held
        if mark != held:
            segments = beside_saved(self.of_catalog, await store.saved())
            self._held = mark, segments
        return segments
