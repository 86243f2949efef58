"""Replicas with a store each: one tells the log, the next takes over without a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import MEMBERSHIPS, PROFILES
from c360_kernel.payload import Derived, ProfileChanged
from c360_kernel.projection.port import ServiceStore
from c360_kernel.projection.published import last_published
from c360_kernel.projection.service import Service
from c360_kernel.projection.worker import Worker
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_segment.bootstrap import build
from c360_segment.settings import SegmentSettings

CATALOG = parse_catalog(
    """
sources:
  crm: {priority: 0}
traits:
  tier: {type: string, tag: public}
segments:
  golden: {condition: {trait: tier, op: equals, value: gold}}
""",
    "test",
)


class Replica:
    """One replica: its store and its worker on the shared log."""

    def __init__(self, data: Path, name: str, log: MemoryLog) -> None:
        settings = SegmentSettings(data=data / name, replica=name)
        self.service: Service = build(settings, CATALOG, SEALER)
        self.store: ServiceStore = self.service.open_store()
        self.worker: Worker = self.service.worker(log, self.store)

    async def settle(self) -> None:
        while await self.worker.step(0):
            pass
        await self.worker.relay()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def replicas(tmp_path: Path, log: MemoryLog) -> tuple[Replica, Replica]:
    return Replica(tmp_path, "a", log), Replica(tmp_path, "b", log)


async def _profile(log: MemoryLog, customer: str, counter: int, tier: str) -> None:
    payload = ProfileChanged(customer, Version(0, counter), {"tier": tier})
    await log.append([new_entry(PROFILES, customer, payload)])


async def _published(log: MemoryLog) -> dict[tuple[str, str], Derived]:
    return await last_published(log, MEMBERSHIPS)


async def _told(log: MemoryLog) -> int:
    return sum((await log.ends([MEMBERSHIPS])).values())


async def _members(log: MemoryLog) -> set[str]:
    return {key[0] for key, stated in (await _published(log)).items() if stated.content()}


async def test_only_the_leader_tells_the_log(
    log: MemoryLog, replicas: tuple[Replica, Replica]
) -> None:
    leader, follower = replicas
    await leader.worker.relay()
    for number in range(10):
        await _profile(log, f"c{number}", 1, "gold")
    await follower.settle()
    assert await _told(log) == 0
    await leader.settle()
    assert await _told(log) == 10
    assert await follower.store.digest() == await leader.store.digest()


async def test_the_next_takes_over_and_states_only_what_is_missing(
    log: MemoryLog, replicas: tuple[Replica, Replica]
) -> None:
    leader, follower = replicas
    await _profile(log, "c1", 1, "gold")
    await _profile(log, "c2", 1, "gold")
    await leader.settle()
    await follower.settle()
    await _profile(log, "c2", 2, "silver")
    await _profile(log, "c3", 1, "gold")
    await leader.worker.close()
    await follower.settle()
    assert await _members(log) == {"c1", "c3"}
    assert await _told(log) == 4
    await _profile(log, "c1", 2, "silver")
    await follower.settle()
    assert await _members(log) == {"c3"}


async def test_a_leader_that_was_only_paused_is_outranked(
    log: MemoryLog, replicas: tuple[Replica, Replica]
) -> None:
    leader, follower = replicas
    await _profile(log, "c1", 1, "gold")
    await leader.settle()
    await _profile(log, "c1", 2, "silver")
    await leader.worker.feed(0)
    held_back = await leader.store.outgoing(10)
    await leader.worker.close()
    await follower.settle()
    await _profile(log, "c1", 3, "gold")
    await follower.settle()
    await log.append([out.entry for out in held_back])
    assert await _members(log) == {"c1"}


async def test_a_replica_that_is_behind_does_not_lead_yet(
    log: MemoryLog, replicas: tuple[Replica, Replica]
) -> None:
    leader, late = replicas
    for number in range(5):
        await _profile(log, f"c{number}", 1, "gold")
    await leader.settle()
    await leader.worker.close()
    await late.worker.relay()
    assert await _members(log) == {f"c{number}" for number in range(5)}
    await late.settle()
    assert await _told(log) == 5
