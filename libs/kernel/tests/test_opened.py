"""A store that is empty, or older than what was told, begins above all versions that were told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from c360_kernel.codec import encode
from c360_kernel.log.entry import Partition
from c360_kernel.log.identity import Origin
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import PROFILES, RECORDS
from c360_kernel.payload import ProfileChanged
from c360_kernel.projection.leader_election import LeaseElection, SoleReplica
from c360_kernel.projection.service import DerivingService
from c360_kernel.testing.entries import record_entry
from c360_kernel.version import Version

HERE = Partition(RECORDS, 0)


class Store:
    """Where a projection is, and the epoch that it was told to begin."""

    def __init__(self, positions: dict[Partition, int]) -> None:
        self._positions = positions
        self.epoch: int | None = None

    async def claimed(self, by: Origin) -> Origin:
        return by

    async def positions(self) -> dict[Partition, int]:
        return self._positions

    async def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch


def derives(**more: Any) -> DerivingService:
    return DerivingService(
        name="profile",
        topics=(RECORDS,),
        derived=PROFILES,
        handler=cast("Any", None),
        restate=cast("Any", None),
        open_store=cast("Any", None),
        open_graph=cast("Any", None),
        **more,
    )


@pytest.mark.parametrize(
    ("positions", "epoch"),
    [
        ({}, 8),
        ({HERE: 1}, 8),
        ({HERE: 2}, None),
        ({HERE: 3}, None),
        ({Partition(RECORDS, 1): 5}, 8),
    ],
)
async def test_it_begins_a_new_epoch_where_it_is_behind_what_was_committed(
    positions: dict[Partition, int], epoch: int | None
) -> None:
    log, store = MemoryLog(partitions=2), Store(positions)
    published = ProfileChanged("c1", Version(7, 3), {})
    await log.append([replace(record_entry("c1"), topic=PROFILES, data=encode(published))])
    service = derives()
    await log.commit(service.consumer_group, {HERE: 2})
    await service.opened(log, cast("Any", store))
    assert store.epoch == epoch


async def test_without_a_lease_it_relays_alone_and_reads_under_its_own_name() -> None:
    plain, one_of_several = derives(), derives(lease="profile", group="profile-b")
    assert plain.is_embedded
    assert [one.consumer_group for one in (plain, one_of_several)] == ["profile", "profile-b"]
    log = MemoryLog()
    assert isinstance(plain.election(log, cast("Any", None)), SoleReplica)
    assert isinstance(one_of_several.election(log, cast("Any", None)), LeaseElection)
