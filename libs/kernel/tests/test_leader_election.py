"""A replica tells the log only while it leads, and leads only once it knows what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from c360_kernel.log.entry import Partition
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import IDENTITIES, RECORDS
from c360_kernel.payload import RecordAssigned
from c360_kernel.projection.leader_election import LeaseElection
from c360_kernel.record import RecordKey
from c360_kernel.testing.entries import new_entry, record_entry
from c360_kernel.version import Version
from hypothesis import given
from hypothesis import strategies as st

SAID = RecordAssigned(RecordKey("crm", "k"), "c1", Version(6, 1))


class Lease:
    def __init__(self) -> None:
        self.mine = True

    async def held(self) -> bool:
        return self.mine

    async def close(self) -> None:
        self.mine = False


class Store:
    """As much of a replica's store as leading needs."""

    def __init__(self, positions: dict[Partition, int]) -> None:
        self.handled = positions
        self.epoch = 0
        self.cleared = 0

    async def positions(self) -> dict[Partition, int]:
        return self.handled

    async def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    async def clear_outbox(self) -> None:
        self.cleared += 1

    async def emissions(self) -> AsyncIterator[RecordAssigned]:
        yield SAID


async def _filled(count: int) -> MemoryLog:
    """A log whose derived topic has said already what the store would say."""
    log = MemoryLog()
    await log.append([new_entry(IDENTITIES, "crm/k", SAID)])
    await log.append([record_entry(f"k{n}") for n in range(count)])
    return log


def _election(log: MemoryLog, lease: Lease, store: Store) -> LeaseElection:
    return LeaseElection(log, lease, store, [RECORDS], IDENTITIES, _restate)  # type: ignore[arg-type]


async def _restate(unit: object, payloads: Sequence[object]) -> None:
    raise AssertionError("the topic says everything already")


@given(st.integers(0, 30), st.data())
async def test_it_leads_exactly_when_it_has_handled_all_that_was_there(
    count: int, data: st.DataObject
) -> None:
    log = await _filled(count)
    ends = await log.ends([RECORDS])
    handled = {one: data.draw(st.integers(0, end), label=str(one)) for one, end in ends.items()}
    store = Store(handled)
    assert await _election(log, Lease(), store).may_relay() is (handled == dict(ends))
    assert store.cleared == 1


async def test_what_came_after_it_took_the_lease_need_not_be_handled_first() -> None:
    log, store = await _filled(5), Store({})
    election = _election(log, Lease(), store)
    assert not await election.may_relay()
    goal = dict(await log.ends([RECORDS]))
    await log.append([record_entry(f"later{n}") for n in range(20)])
    store.handled = goal
    assert await election.may_relay()


async def test_a_lease_that_was_lost_and_taken_again_begins_with_a_new_goal() -> None:
    log = await _filled(5)
    lease, store = Lease(), Store(dict(await log.ends([RECORDS])))
    election = _election(log, lease, store)
    assert await election.may_relay()
    lease.mine = False
    assert not await election.may_relay()
    await log.append([record_entry(f"said-by-another{n}") for n in range(20)])
    lease.mine = True
    assert not await election.may_relay()
    store.handled = dict(await log.ends([RECORDS]))
    assert await election.may_relay()


async def test_its_epoch_is_above_all_that_was_said() -> None:
    log = await _filled(0)
    store = Store({})
    assert await _election(log, Lease(), store).may_relay()
    assert store.epoch == 7
