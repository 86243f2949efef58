"""What a service hands to whoever composes it: one anatomy for all that is fed from the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import TICKS
from c360_kernel.outage import Outage
from c360_kernel.projection.clock import Clock
from c360_kernel.projection.differences import Restate
from c360_kernel.projection.leader_election import LeaderElection, LeaseElection, SoleReplica
from c360_kernel.projection.origin import refuse_foreign
from c360_kernel.projection.port import AsideStore, FedStore, Handler, ServiceStore
from c360_kernel.projection.progress import Progress
from c360_kernel.projection.published import Published, last_published, next_epoch
from c360_kernel.projection.schedule import TimedHandler
from c360_kernel.projection.steps import NoSteps
from c360_kernel.projection.timers import NoTimers, Timers
from c360_kernel.projection.worker import BATCH, Worker, nothing_to_prepare
from c360_kernel.telemetry import NO_TRACER, Tracer

if TYPE_CHECKING:
    # Strawberry takes half a second to import, and not every command serves a graph.
    from c360_kernel.subgraph.subgraph import Subgraph


async def always_current(store: object) -> bool:
    """For stores that their workers bring up to a changed catalog in place."""
    return True


def no_steps(store: object) -> NoSteps:
    """For services that do all that an entry asks for in its unit."""
    return NoSteps()


@dataclass(frozen=True, kw_only=True)
class Projection:
    """What is fed from the log, before it runs. `group` is its consumer group, else its name.

    Stores belong to the event loop that opens them. `prepare`, `linger_s`, `last_s`, `batch`,
    `followers` and `steps`, given the store, are what `Worker` says of them. `address` is where
    the store is, if on a server: `host:port`. `upkeep` is what its store needs beside being fed: it
    runs for ever, and is begun again when it fails.
    """

    name: str
    topics: tuple[str, ...]
    open_store: Callable[[], FedStore]
    handler: Handler[Any]
    prepare: Callable[[Any], Awaitable[None]] = nothing_to_prepare
    linger_s: float = 0.0
    last_s: float = 0.0
    batch: int = BATCH
    group: str = ""
    followers: tuple[str, ...] = ()
    address: str = ""
    upkeep: Callable[[], Awaitable[None]] | None = None
    steps: Callable[[Any], NoSteps] = no_steps

    @property
    def consumer_group(self) -> str:
        """The group that reads for it."""
        return self.group or self.name

    # The store is of the projection's own kind, which a field of callables cannot say.
    def worker(
        self,
        log: EventLog,
        store: Any,  # noqa: ANN401
        tracer: Tracer = NO_TRACER,
        outage: Outage | None = None,
    ) -> Worker[Any]:
        """The worker that feeds `store` from `log`."""
        return Worker(
            self.consumer_group,
            self.topics,
            log,
            store,
            self.handler,
            self.prepare,
            tracer,
            self.linger_s,
            self.election(log, store),
            outage or Outage(self.name, self.address),
            self.batch,
            self._timers(log, store),
            self.last_s,
            self.followers,
            self.steps(store),
        )

    def _timers(self, log: EventLog, store: Any) -> NoTimers:  # noqa: ANN401 - as `worker`
        """What wakes the handler of a projection that reads `ticks`: a `TimedHandler`."""
        if TICKS not in self.topics:
            return NoTimers()
        group, handler = self.consumer_group, cast(TimedHandler[Any], self.handler)
        clock = Clock(log, log.lease(f"clock-{group}"), store)
        return Timers(group, store, handler, clock, self.batch)

    def election(self, log: EventLog, store: Any) -> LeaderElection:  # noqa: ANN401 - as `worker`
        """Whether the worker of this store relays."""
        return SoleReplica()

    async def opened(self, log: EventLog, store: Any) -> None:  # noqa: ANN401 - of its own kind
        """Make a store that was never fed ready to be; one that belongs elsewhere is refused."""
        await refuse_foreign(self.name, log, store)


@dataclass(frozen=True, kw_only=True)
class Service(Projection):
    """A domain service: its projection answers as a subgraph.

    The worker opens one store, the graph another. An embedded store is a file of this process,
    which answers within a call. `basis` names what of the catalog its store
    depends on: equal, equal content. `is_current` says whether a store that was fed need not be
    derived from the log again; what is done instead, and that, is told by `progress`.
    `is_refillable`: a new store can be filled from the log; what acts on others cannot.
    """

    open_graph: Callable[[], Subgraph]
    is_embedded: bool = True
    basis: str = ""
    is_current: Callable[[Any], Awaitable[bool]] = always_current
    is_refillable: bool = True
    progress: Progress = field(default_factory=lambda: Progress(""))


@dataclass(frozen=True, kw_only=True)
class DerivingService(Service):
    """One that states a topic of its own, so that its store can be compared and rebuilt.

    `lease` names what the leader of several replicas holds, where each replica has a store of its
    own. `open_aside` begins a rebuild where the store is a server's; an embedded store is a file,
    which whoever rebuilds it renames.
    `restate` is how the rebuilder has a payload of `derived` told again. `beside` has of each other
    topic that it tells of its own accord how what differs from that is told again, given a store
    and the payload that the topic says last of each key.
    """

    derived: str
    restate: Restate
    beside: Mapping[str, Callable[[Any, Mapping[Any, Any]], Awaitable[None]]] = field(
        default_factory=dict[str, Callable[[Any, Mapping[Any, Any]], Awaitable[None]]]
    )
    lease: str = ""
    open_store: Callable[[], ServiceStore]
    open_aside: Callable[[], AsideStore] | None = None

    def election(self, log: EventLog, store: ServiceStore) -> LeaderElection:
        """With a lease, one replica among several takes part in electing the leader."""
        if not self.lease:
            return SoleReplica()
        return LeaseElection(
            log, log.lease(self.lease), store, self.topics, self.derived, self.restate
        )

    async def opened(self, log: EventLog, store: ServiceStore) -> None:
        """Begin above all versions told, when the store is empty or older than what was told.

        Progress is told after a store's commit, so a store behind it was put back from a copy;
        readers would drop what it told next as versions they have.
        """
        await super().opened(log, store)
        committed = await log.committed(self.consumer_group)
        positions = await store.positions()
        if not positions or any(offset > positions.get(p, 0) for p, offset in committed.items()):
            await self.begin_epoch(log, store, await last_published(log, self.derived))
            await self.restate_beside(log, store, is_fed=False)

    async def begin_epoch(self, log: EventLog, store: ServiceStore, published: Published) -> None:
        """Begin above all versions told, of which `published` are those of `derived`."""
        others = [await last_published(log, topic) for topic in self.beside]
        await store.start_epoch(max(map(next_epoch, (published, *others))))

    async def restate_beside(self, log: EventLog, store: ServiceStore, *, is_fed: bool) -> None:
        """Tell what differs from the topics that are told beside `derived`.

        Where a topic says nothing, a store that is not fed yet has nothing to tell either; one that
        was, with its outbox held back, may be the first that has.
        """
        for topic, restate in self.beside.items():
            published = await last_published(log, topic)
            if published or is_fed:
                await restate(store, published)
