"""What was told of memberships, and when: the history of segments."""

from __future__ import annotations

from typing import NamedTuple

from c360_kernel.version import Version


class Told(NamedTuple):
    """A customer entered (`member`) or left at this moment (ms UTC). Ordered by `place`.

    Of a segment that people made, it tells of these coordinates: those that its condition read,
    and where the condition changed those of the one before, too.
    """

    segment: str
    at: int
    customer: str
    version: Version
    member: bool
    reads: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands in the history of its segment."""
        return Place(self.at, self.customer, *self.version)


class Place(NamedTuple):
    """A place in the history of a segment: of a moment, by customer and version."""

    at: int
    customer: str
    epoch: int
    counter: int


class Stretch(NamedTuple):
    """A part of a segment's history: from a moment on (ms UTC), before a place, so many."""

    since: int
    before: Place | None
    limit: int
