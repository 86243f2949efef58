"""What the worker needs of a service's store and handler.

One unit of work holds the new state, the entries it causes and the position
handled: either all of it is kept or nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from c360_kernel.log.entry import Entry, NewEntry, Partition, Positions


class Unit(Protocol):
    """One transaction of a projection. Services extend it with their own reads and writes."""

    def emit(self, entry: NewEntry) -> None:
        """Put an entry into the outbox, in order."""
        ...

    async def advance(self, before: Positions, after: Positions) -> None:
        """Move the next offsets to handle; `Conflict` when another worker moved them first."""
        ...

    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        """Put aside an entry that no handler of `group` can take."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """Entries `first` to `last` of a partition were begun together, `times` times."""

    partition: Partition
    first: int
    last: int
    times: int


U_co = TypeVar("U_co", bound=Unit, covariant=True)
U_contra = TypeVar("U_contra", bound=Unit, contravariant=True)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An entry waiting in the outbox under its sequence number."""

    sequence: int
    entry: NewEntry


class ProjectionStore(Protocol[U_co]):
    """The part of a service's store that feeding it needs."""

    async def positions(self) -> Positions:
        """The next offset to handle of every partition handled so far."""
        ...

    def unit(self) -> AbstractAsyncContextManager[U_co]:
        """Open a unit of work: committed on leaving, rolled back on an exception."""
        ...

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        """The oldest entries of the outbox."""
        ...

    async def relayed(self, sequences: Sequence[int]) -> None:
        """Drop these entries from the outbox: the log has them."""
        ...

    async def begun(self) -> Sequence[Begun]:
        """What was begun and never ended: it may have killed the process."""
        ...

    async def begin(self, entries: Sequence[Entry]) -> None:
        """Remember, beyond a kill of the process, that handling these entries begins."""
        ...

    async def end(self, entries: Sequence[Entry]) -> None:
        """These entries are handled or put aside."""
        ...


class Handler(Protocol[U_contra]):
    """The domain's side: fold entries into the open unit.

    Raises `Invalid` for an entry that can never be taken and `Transient` when
    a store cannot answer now. Given the same set of stamped entries in any
    order, the resulting state is the same.
    """

    async def handle(self, unit: U_contra, entries: Sequence[Entry]) -> None: ...  # noqa: D102
