"""What a domain service hands to whoever composes it: one anatomy for all three."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from c360_kernel.log.port import EventLog
from c360_kernel.payload import Payload
from c360_kernel.projection.port import Handler, ProjectionStore
from c360_kernel.projection.worker import Worker, nothing_to_prepare

if TYPE_CHECKING:
    # Strawberry takes half a second to import, and not every command serves a graph.
    from c360_kernel.subgraph.subgraph import Subgraph


class RestatingUnit(Protocol):
    """A unit that can state one derived payload anew, under a fresh version."""

    async def restate(self, payload: Payload) -> None: ...  # noqa: D102


class ServiceStore(ProjectionStore[Any], Protocol):
    """A projection that can also be compared and rebuilt."""

    @property
    def epoch(self) -> int:
        """The rebuild epoch of the versions it gives."""
        ...

    def emissions(self) -> AsyncIterator[Payload]:
        """For each key of the derived topic, what the present state would say of it."""
        ...

    async def digest(self) -> str:
        """A hash of the logical content: equal state, equal digest, whatever the run."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """How many of each thing it holds, by the thing's name."""
        ...

    async def start_epoch(self, epoch: int) -> None:
        """Begin a new epoch."""
        ...

    async def clear_outbox(self) -> None:
        """Forget what was not relayed."""
        ...

    async def close(self) -> None:
        """Release the store."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A domain service before it runs. `name` is its consumer group and its subgraph.

    Stores belong to the event loop that opens them: the worker opens one, the
    graph another. `prepare` is what `Worker` says of it.
    """

    name: str
    topics: tuple[str, ...]
    derived: str
    open_store: Callable[[], ServiceStore]
    handler: Handler[Any]
    open_graph: Callable[[], Subgraph]
    prepare: Callable[[Any], Awaitable[None]] = nothing_to_prepare

    def worker(self, log: EventLog, store: ServiceStore) -> Worker[Any]:
        """The worker that feeds `store` from `log`."""
        return Worker(self.name, self.topics, log, store, self.handler, self.prepare)
