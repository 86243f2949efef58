"""What the worker needs of a service's store and handler.

One unit of work holds the new state, the entries it causes and the position
handled: either all of it is kept or nothing is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from c360_kernel.log.entry import Entry, NewEntry, Partition, Positions
from c360_kernel.log.identity import Origin
from c360_kernel.payload import Derived
from c360_kernel.value_object import value_object


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
class Attempt:
    """Entries `first` to `last` of a partition were begun together, `times` times."""

    partition: Partition
    first: int
    last: int
    times: int


U_co = TypeVar("U_co", bound=Unit, covariant=True)
U_contra = TypeVar("U_contra", bound=Unit, contravariant=True)


@value_object
class Outgoing:
    """An entry waiting in the outbox under its sequence number."""

    sequence: int
    entry: NewEntry


class ProjectionStore(Protocol[U_co]):
    """The part of a service's store that feeding it needs."""

    async def claimed(self, by: Origin) -> Origin:
        """What the store is fed from; `by`, from now on, if it was never told.

        `by` also completes what is held of the same log.
        """
        ...

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

    async def attempts(self) -> Sequence[Attempt]:
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


class FedStore(ProjectionStore[Any], Protocol):
    """A store that is fed from the log."""

    async def counts(self) -> Mapping[str, int]:
        """How many of each thing it holds, by the thing's name."""
        ...

    async def close(self) -> None:
        """Release the store."""
        ...


class ServiceStore(FedStore, Protocol):
    """A projection that can also be compared and rebuilt."""

    epoch: int
    """The rebuild epoch of the versions it gives."""

    def emissions(self) -> AsyncIterator[Derived]:
        """For each key of the derived topic, what the present state would say of it."""
        ...

    async def digest(self) -> str:
        """A hash of the logical content: equal state, equal digest, whatever the run."""
        ...

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch."""
        ...

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        ...


class AsideStore(ServiceStore, Protocol):
    """A store in the making, beside the one that is read and fed.

    It may come from another log of the same instance than that one, which `claimed` then says
    once it is installed.
    """

    async def install(self) -> None:
        """Put it in the place of the other in one step, and remove that."""
        ...
