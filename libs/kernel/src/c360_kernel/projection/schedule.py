"""What is scheduled: keys that a service wants to be woken for at a moment of the log's time.

The present is the latest tick that a projection has taken (`c360_kernel.log.ticks`), never a
clock's. What is scheduled is a set of (due, key): the same pair is there once, and a key may be
due at several moments. What is due once the present is there wakes the handler, also where the
present was there first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol, TypeVar

from c360_kernel.projection.port import Handler, Unit


class Scheduled(NamedTuple):
    """A key and when it is due, in milliseconds UTC. Sorted as it is woken."""

    due: int
    key: str


class Waiting(NamedTuple):
    """The present of a projection, 0 before any tick, and when the next item is due, if any."""

    present: int
    due: int | None


class TimedUnit(Unit, Protocol):
    """A unit of work that can also schedule."""

    def schedule(self, due: int, key: str) -> None:
        """Have the handler woken for `key` once it is `due` (ms UTC)."""
        ...

    async def tick(self, at: int) -> None:
        """It is at least `at`; what was later stays."""
        ...

    async def take_due(self, limit: int) -> Sequence[Scheduled]:
        """The earliest items that are due at the present; they are over with this unit."""
        ...


U_co = TypeVar("U_co", bound=TimedUnit, covariant=True)
U_contra = TypeVar("U_contra", bound=TimedUnit, contravariant=True)


class TimedStore(Protocol[U_co]):
    """A store whose units can schedule."""

    def unit(self) -> AbstractAsyncContextManager[U_co]:
        """Open a unit of work that can schedule."""
        ...

    async def waiting(self) -> Waiting:
        """The present, and when the next item is due."""
        ...


class TimedHandler(Handler[U_contra], Protocol[U_contra]):
    """A handler that waits. It reads no clock: given the same entries and the same last tick, in
    any order, the resulting state is the same.
    """

    async def wake(self, unit: U_contra, due: Sequence[Scheduled]) -> None:
        """These are due. May schedule again, later than what it was woken for.

        What was scheduled may be out of date: whether it still holds is read from the unit. May be
        called again for what it has done. Raises as `Handler.handle`.
        """
        ...
