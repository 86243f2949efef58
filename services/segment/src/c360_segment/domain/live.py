"""The segments of the catalog and those that people saved, as they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, Self

from c360_kernel.visibility import Visibility

from c360_segment.domain.saved import SavedSegment
from c360_segment.domain.segments import Segment, Segments, beside_saved

_REMEMBERED = 512
"""Role sets whose segments are remembered."""


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


class _Held(NamedTuple):
    """What is remembered of segments goes when they do."""

    mark: str
    segments: Segments
    visible: Callable[[Visibility], Mapping[str, Segment]]

    @classmethod
    def of(cls, mark: str, segments: Segments) -> Self:
        return cls(mark, segments, lru_cache(maxsize=_REMEMBERED)(segments.visible))


class LiveSegments:
    """Compiled anew when what is saved has changed. Safe to share between threads."""

    def __init__(self, of_catalog: Segments) -> None:
        self.of_catalog = of_catalog
        self._held = _Held.of("", of_catalog)

    async def of(self, store: SavedSegments) -> Segments:
        """What holds by a store: a file that others write, or a transaction of it."""
        mark, held = await store.saved_mark(), self._held
        if mark != held.mark:
            held = _Held.of(mark, beside_saved(self.of_catalog, await store.saved()))
            self._held = held
        return held.segments

    def visible(self, segments: Segments, visibility: Visibility) -> Mapping[str, Segment]:
        """Those of these that a caller may know of; found once, as long as they are the newest."""
        held = self._held
        is_newest = held.segments is segments
        return held.visible(visibility) if is_newest else segments.visible(visibility)
