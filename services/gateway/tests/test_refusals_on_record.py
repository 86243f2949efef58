"""What is refused, and who is not let in, is on record: why, where from, how often, no content."""

import asyncio

import pytest
from c360_gateway.audit.equal_acts import EqualActs
from c360_kernel.audit_writer import AuditWriter
from c360_kernel.codec import decode
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import OperationAudited
from c360_kernel.stamp import StampClock

QUERY = '{ customer(id: "c1") { id } }'
SECRET = "13800138000"


async def refusals(world, kind="refusal"):
    return [act for act in await world.acts() if act.kind == kind]


REFUSED = [
    {"query": "{ customer(id: "},
    {"query": f'{{ phones(of: "{SECRET}") }}'},
    {"query": "{ __schema { types { name } } }"},
    {"query": "{ " + "customer(id: 1) { id } " * 400 + "}"},
    {"query": "query Q($f: CustomerFilter) { customers(filter: $f) { total } }",
     "variables": {"f": {"phone": SECRET}}},
    {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
    b"{ no json",
    b"[]",
]  # fmt: skip


async def test_refused_requests_are_on_record_before_they_are_answered(world):
    collected = []
    for body in REFUSED:
        answer = (await world.post(body, world.token("support_agent"))).json()
        collected.append(answer["errors"][0]["extensions"]["code"])
        acts = await refusals(world)
        # Of equal ones the first is written at once.
        assert [act.code for act in acts] == list(dict.fromkeys(collected))
        assert SECRET not in str(acts)
    assert len(acts) >= 7
    for act in acts:
        assert (act.principal, act.roles, act.outcome) == ("ann", ("support_agent",), "refused")
        assert act.address == "127.0.0.1"
        assert act.role_set
        assert act.token_id
    assert await world.audited() == []


async def test_what_is_asked_of_another_kind_than_http_allows_is_refused_on_record(world):
    token = world.token("support_agent")
    await world.post(b"query=x", token, **{"content-type": "text/plain"})
    await world.post(b"x" * 1_100_000, token)
    assert [act.code for act in await refusals(world)] == [
        "UNSUPPORTED_MEDIA_TYPE",
        "BODY_TOO_LARGE",
    ]


async def test_what_is_answered_leaves_no_refusal(world):
    await world.ask(QUERY, "support_agent")
    assert await refusals(world) == []
    (act,) = await world.audited()
    assert (act.kind, act.code, act.address) == ("operation", "", "127.0.0.1")


async def test_who_asks_too_much_is_on_record(make_world):
    world = await make_world(principal_requests_per_s=1)
    token = world.token("support_agent")
    while (await world.post({"query": QUERY}, token)).status_code != 429:
        pass
    (act,) = await refusals(world)
    assert (act.code, act.principal) == ("RATE_LIMITED", "ann")


async def test_a_failed_login_is_on_record_with_its_reason(world):
    tokens = [(None, "TOKEN_MISSING"), (f"{SECRET}.a.b", "MALFORMED"), ("x" * 9_000, "TOO_LARGE")]
    for token, code in tokens:
        assert (await world.post({"query": QUERY}, token)).status_code == 401
        act = (await refusals(world, "login_failed"))[-1]
        assert (act.code, act.principal, act.address) == (code, "anonymous", "127.0.0.1")
        assert SECRET not in str(act)


async def test_a_flood_of_bad_tokens_becomes_few_entries_that_count_them(make_world):
    world = await make_world(unauthenticated_per_s=1_000)
    for number in range(100):
        await world.post({"query": QUERY}, f"bad.{number}.token")
    assert len(await refusals(world, "login_failed")) == 1
    await close(world)
    acts = await refusals(world, "login_failed")
    assert [act.times for act in acts] == [1, 99]
    assert acts[1].at <= acts[1].until


async def close(world):
    """End the application, as its lifespan does."""
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        pass


class Clock:
    def __init__(self):
        self.s = 100.0

    def __call__(self):
        return self.s


class Purse:
    """So many acts may be written by themselves."""

    def __init__(self, left=1_000.0):
        self.left = left

    def holds(self, amount):
        return self.left >= amount

    def spend(self, amount):
        self.left -= amount


class BrokenLog(MemoryLog):
    broken = False

    async def append(self, entries):
        if self.broken:
            raise Transient("the log is away", code="LOG_UNAVAILABLE")
        return await super().append(entries)


@pytest.fixture
def log():
    return BrokenLog()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def acts(log, clock):
    return EqualActs(AuditWriter(log, StampClock(), "test"), Purse(), clock)


def refusal(principal="ann", code="A", **given):
    return OperationAudited(principal, kind="refusal", code=code, **given)


async def written(log):
    found = []
    for partition in await log.ends([AUDIT]):
        found += [decode(AUDIT, one.data) for one in await log.read(partition, 0, 10_000)]
    return found


async def test_equal_acts_of_a_span_are_one_entry_and_a_flood_is_one_for_each_span(
    acts, log, clock
):
    for _ in range(10):
        for _ in range(7):
            await acts.note(refusal())
        clock.s += 6
        await acts.flush(5.0)
    found = await written(log)
    assert sum(act.times for act in found) == 70
    assert len(found) == 11


async def test_what_is_over_is_forgotten_and_the_next_one_is_written_at_once(acts, log, clock):
    await acts.note(refusal())
    clock.s += 6
    await acts.flush(5.0)
    assert acts._open == {}
    await acts.note(refusal())
    assert [act.times for act in await written(log)] == [1, 1]


async def test_what_the_log_does_not_take_waits(acts, log, clock):
    log.broken = True
    for _ in range(3):
        await acts.note(refusal())
    clock.s += 6
    await acts.flush(5.0)
    assert await written(log) == []
    log.broken = False
    await acts.close()
    assert [act.times for act in await written(log)] == [3]


async def test_acts_that_come_while_a_span_is_written_are_not_lost(acts, log, clock):
    await acts.note(refusal())
    await acts.note(refusal())
    append = log.append

    async def slow(entries):
        await acts.note(refusal())
        return await append(entries)

    log.append = slow
    clock.s += 6
    await acts.flush(5.0)
    log.append = append
    clock.s += 6
    await acts.flush(5.0)
    assert sum(act.times for act in await written(log)) == 3


async def test_many_that_differ_are_told_apart_no_more_and_all_are_counted(acts, log):
    for number in range(1_000):
        await acts.note(refusal(f"p{number}"))
    assert len(acts._open) <= 102
    await acts.close()
    found = await written(log)
    assert sum(act.times for act in found) == 1_000
    assert len(found) <= 102


async def test_without_an_allowance_none_is_written_by_itself(log, clock):
    acts = EqualActs(AuditWriter(log, StampClock(), "test"), Purse(2), clock)
    for number in range(10):
        await acts.note(refusal(f"p{number}"))
    assert len(await written(log)) == 2
    await acts.close()
    assert sum(act.times for act in await written(log)) == 10


async def test_at_once_the_first_is_written_once(acts, log):
    await asyncio.gather(*(acts.note(refusal()) for _ in range(20)))
    await acts.close()
    assert sum(act.times for act in await written(log)) == 20
