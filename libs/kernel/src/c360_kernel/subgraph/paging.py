"""Pages of connections, by the Relay cursor specification.

A page is the first edges between two cursors, or the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from c360_kernel.errors import Invalid

LARGEST_PAGE = 200
DEFAULT_PAGE = 20

T = TypeVar("T")

FirstEdges = Annotated[
    int | None,
    strawberry.argument(
        description=f"The first so many, at most {LARGEST_PAGE}; {DEFAULT_PAGE} if left out."
    ),
]
LastEdges = Annotated[
    int | None,
    strawberry.argument(
        description=f"The last so many instead of the first, at most {LARGEST_PAGE}."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="A cursor: only what comes after it.")
]
Before = Annotated[
    str | None, strawberry.argument(description="A cursor: only what comes before it.")
]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many edges are asked for, from which end, and between which cursors."""

    size: int
    from_end: bool
    after: str | None
    before: str | None

    @classmethod
    def of(
        cls, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> PageRequest:
        """The request that these arguments make; the first 20 if no size is given.

        Raises `Invalid` PAGE_TOO_LARGE or PAGE_SIZE_INVALID.
        """
        if first is not None and last is not None:
            raise Invalid("first and last exclude each other", code="PAGE_SIZE_INVALID")
        if last is not None:
            return cls(_size("last", last), True, after, before)
        size = DEFAULT_PAGE if first is None else _size("first", first)
        return cls(size, False, after, before)

    @property
    def probe(self) -> int:
        """How many edges to look for: one more tells whether there are more."""
        return self.size + 1

    def cut(self, found: Sequence[T]) -> Page[T]:
        """The page, of the first or last `probe` edges between the cursors, in their order."""
        more = len(found) > self.size
        if self.from_end:
            edges = found[max(len(found) - self.size, 0) :]
            return Page(edges, has_previous=more, has_next=self.before is not None)
        return Page(found[: self.size], has_previous=self.after is not None, has_next=more)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Edges in the order of the list, and whether there are others.

    On the side that the page was cut from, what lies beyond the cursor is taken to be there.
    """

    edges: Sequence[T]
    has_previous: bool
    has_next: bool


def _size(name: str, given: int) -> int:
    if given > LARGEST_PAGE:
        raise Invalid(f"{name} is at most {LARGEST_PAGE}", code="PAGE_TOO_LARGE")
    if given < 0:
        raise Invalid(f"{name} is negative", code="PAGE_SIZE_INVALID")
    return given


@strawberry.federation.type(
    shareable=True, description="Where a page is in its list, as Relay asks."
)
class PageInfo:
    """GraphQL type."""

    has_next_page: bool = strawberry.field(description="Whether there is more after the page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before the page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge: give it as `after` for the next page."
    )

    @classmethod
    def of(cls, page: Page[T], cursors: Sequence[str]) -> PageInfo:
        """About a page whose edges have these cursors."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
