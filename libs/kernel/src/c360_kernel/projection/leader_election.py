"""Leader election: of several replicas that hold the same state, one tells the log.

Each replica consumes everything into a store of its own; whoever holds the
lease relays. A new leader first reaches what was in the log when it took over,
then begins an epoch above all that was published and states what its topic lacks,
so that nothing published by the leader before is lost, doubled or contradicted, and
a leader that was only paused is outranked by version when it wakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from typing_extensions import override

from c360_kernel.log.entry import Positions
from c360_kernel.log.port import EventLog, Lease
from c360_kernel.projection.differences import Restate, state_differences
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.published import last_published, next_epoch


class LeaderElection(Protocol):
    """Whether a worker tells the log what its handler emits."""

    async def may_relay(self) -> bool:
        """Asked before each relay."""
        ...

    async def close(self) -> None:
        """The worker ends."""
        ...


class SoleReplica(LeaderElection):
    """Where all replicas share one store: whoever feeds it also relays."""

    @override
    async def may_relay(self) -> bool:
        return True

    @override
    async def close(self) -> None: ...


class LeaseElection:
    """Whoever holds a lease leads, once it has caught up."""

    def __init__(
        self,
        log: EventLog,
        lease: Lease,
        store: ServiceStore,
        topics: Sequence[str],
        derived: str,
        restate: Restate,
    ) -> None:
        self._log = log
        self._lease = lease
        self._store = store
        self._topics = topics
        self._derived = derived
        self._restate = restate
        self._goal: Positions | None = None
        self._leading = False

    async def may_relay(self) -> bool:
        """Whether this replica leads. What a follower would have told is forgotten."""
        if not await self._lease.held():
            self._goal, self._leading = None, False
        elif not self._leading and await self._has_caught_up():
            await self._take_over()
        if not self._leading:
            await self._store.clear_outbox()
        return self._leading

    async def close(self) -> None:
        """Let another replica lead."""
        await self._lease.close()

    async def _has_caught_up(self) -> bool:
        if self._goal is None:
            self._goal = await self._log.ends(self._topics)
        positions = await self._store.positions()
        return all(positions.get(partition, 0) >= end for partition, end in self._goal.items())

    async def _take_over(self) -> None:
        published = await last_published(self._log, self._derived)
        await self._store.start_epoch(next_epoch(published))
        await state_differences(self._store, published, self._restate)
        self._leading = True
