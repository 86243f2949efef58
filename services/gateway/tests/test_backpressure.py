"""Writes wait for projections that are far behind, and for nothing else."""

import pytest
from c360_gateway.budget.rate_limited import RateLimited
from c360_gateway.query import backpressure
from c360_gateway.query.backpressure import Backpressure
from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition
from c360_kernel.log.memory import MemoryLog

WRITE = {
    "query": """mutation { upsertRecords(records: [{source: "crm", key: "1"}]) {
        results { status } } }"""
}
ONE = Partition("records", 0)


class Log:
    """A log with one partition, and groups that are at places in it."""

    def __init__(self, end=0, **committed):
        self.end = end
        self.groups = committed
        self.calls = 0

    async def committed(self, group):
        self.calls += 1
        return {ONE: self.groups[group]} if group in self.groups else {}

    async def ends(self, topics):
        return {ONE: self.end} if topics else {}


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(backpressure.time, "monotonic", lambda: now[0])
    return now


async def test_a_lag_up_to_the_limit_stops_nobody(clock):
    await Backpressure(Log(), 10).admit()
    await Backpressure(Log(9, identity=0, profile=9, segment=4), 10).admit()


async def test_the_group_that_is_furthest_behind_is_named(clock):
    with pytest.raises(RateLimited, match="profile is 12 entries behind") as limited:
        await Backpressure(Log(12, identity=12, profile=0), 10).admit()
    assert (limited.value.code, limited.value.retryable) == ("LAG_LIMITED", True)


async def test_what_a_group_has_told_itself_holds_nobody_back(clock):
    log = Log()
    told = Partition("memberships", 0)

    async def committed(group):
        return {ONE: 4, told: 0}

    async def ends(topics):
        return {one: end for one, end in ((ONE, 9), (told, 1_000)) if one.topic in topics}

    log.committed, log.ends = committed, ends
    await Backpressure(log, 10, ["segment"]).admit()
    with pytest.raises(RateLimited, match="other is 1005 entries behind"):
        await Backpressure(log, 10, ["other"]).admit()


async def test_the_pause_is_what_the_group_needs_at_its_own_pace(clock):
    log = Log(1_000, identity=0)
    pressure = Backpressure(log, 100)
    with pytest.raises(RateLimited) as standing:
        await pressure.admit()
    clock[0] += 2
    log.groups["identity"] = 200
    with pytest.raises(RateLimited) as moving:
        await pressure.admit()
    # 700 too many, 100 a second.
    assert (standing.value.retry_after_s, moving.value.retry_after_s) == (30, 8)
    clock[0] += 2
    log.groups["identity"] = 950
    await pressure.admit()


async def test_it_is_measured_once_a_second(clock):
    log = Log(1_000, identity=0)
    pressure = Backpressure(log, 100, ["identity"])
    for _ in range(3):
        with pytest.raises(RateLimited):
            await pressure.admit()
    assert log.calls == 1
    log.groups["identity"] = 1_000
    clock[0] += 1
    await pressure.admit()
    assert log.calls == 2


async def test_a_log_that_is_away_is_told_by_the_write_itself(clock):
    class Away(Log):
        async def committed(self, group):
            raise Transient("away")

    await Backpressure(Away(), 1).admit()


async def test_through_the_gateway_only_writes_are_held_back(make_world):
    class Behind(MemoryLog):
        async def committed(self, group):
            return {ONE: 0} if group == "identity" else {}

        async def ends(self, topics):
            return {**await super().ends(topics), ONE: 50}

    world = await make_world(log=Behind(), lag_limit=10)
    write = await world.post(WRITE, world.token("connector"))
    read = await world.post({"query": "{ __typename }"}, world.token("connector"))
    assert (write.status_code, read.status_code) == (429, 200)
    (error,) = write.json()["errors"]
    assert error["extensions"]["code"] == "LAG_LIMITED"
    assert int(write.headers["retry-after"]) == error["extensions"]["retryAfter"] == 30
