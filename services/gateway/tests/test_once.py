"""A call under a key is taken once, however often and however fast it comes again."""

import asyncio

import pytest
from c360_gateway.collect.items import ItemResult, ItemStatus
from c360_gateway.collect.once import ITEM_BYTES, MOST_ITEMS, AnsweredCalls, CallKey
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.topics import QUARANTINE, RECORDS
from hypothesis import given
from hypothesis import strategies as st

ITEMS = [{"source": "crm", "key": "k1"}]
KEY = CallKey("here", "ann", "upsertRecords", "key-1")


class Log:
    """Counts what is taken; troubles come first."""

    def __init__(self, *troubles):
        self.troubles = list(troubles)
        self.taken = 0
        self.open = asyncio.Event()
        self.open.set()

    async def take(self):
        self.taken += 1
        number = self.taken
        await self.open.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        return [ItemResult(number, ItemStatus.ACCEPTED)]


async def test_a_call_that_comes_again_is_answered_as_it_was():
    calls, log = AnsweredCalls(), Log()
    first = await calls.once(KEY, ITEMS, log.take)
    assert await calls.once(KEY, [dict(reversed(ITEMS[0].items()))], log.take) == first
    assert log.taken == 1


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(subject="bob"),
        KEY._replace(issuer="there"),
        KEY._replace(operation="trackEvents"),
    ],
)
async def test_a_key_is_its_principals_and_its_mutations_own(other):
    calls, log = AnsweredCalls(), Log()
    await calls.once(KEY, ITEMS, log.take)
    await calls.once(other, [{"source": "erp", "key": "other"}], log.take)
    assert log.taken == 2


async def test_other_items_under_a_key_are_refused():
    calls, log = AnsweredCalls(), Log()
    await calls.once(KEY, ITEMS, log.take)
    with pytest.raises(Invalid) as refused:
        await calls.once(KEY, [{"source": "crm", "key": "k2"}], log.take)
    assert (refused.value.code, log.taken) == ("IDEMPOTENCY_KEY_REUSED", 1)


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_a_length(key):
    with pytest.raises(Invalid) as refused:
        await AnsweredCalls().once(KEY._replace(key=key), ITEMS, Log().take)
    assert refused.value.code == "IDEMPOTENCY_KEY_INVALID"


async def test_calls_that_come_together_are_one():
    calls, log = AnsweredCalls(), Log()
    log.open.clear()
    both = [asyncio.ensure_future(calls.once(KEY, ITEMS, log.take)) for _ in range(3)]
    await asyncio.sleep(0)
    log.open.set()
    first, *others = await asyncio.gather(*both)
    assert others == [first, first]
    assert log.taken == 1


async def test_what_failed_is_tried_again_by_whoever_waited():
    calls, log = AnsweredCalls(), Log(Transient("full", code="LOG_FULL"))
    log.open.clear()
    first = asyncio.ensure_future(calls.once(KEY, ITEMS, log.take))
    second = asyncio.ensure_future(calls.once(KEY, ITEMS, log.take))
    await asyncio.sleep(0)
    log.open.set()
    with pytest.raises(Transient):
        await first
    assert (await second)[0].index == 2
    assert (await calls.once(KEY, ITEMS, log.take))[0].index == 2


async def test_who_leaves_while_it_waits_stops_nobody():
    calls, log = AnsweredCalls(), Log()
    log.open.clear()
    first = asyncio.ensure_future(calls.once(KEY, ITEMS, log.take))
    await asyncio.sleep(0)
    leaving = asyncio.ensure_future(calls.once(KEY, ITEMS, log.take))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    log.open.set()
    assert len(await first) == 1


async def test_an_answer_is_kept_for_its_time():
    now = [0.0]
    calls, log = AnsweredCalls(window_s=60, now=lambda: now[0]), Log()
    await calls.once(KEY, ITEMS, log.take)
    now[0] = 59.9
    await calls.once(KEY, ITEMS, log.take)
    assert log.taken == 1
    now[0] = 60.0
    await calls.once(KEY, ITEMS, log.take)
    assert log.taken == 2


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_what_is_kept_is_bounded(sizes):
    async def send():
        calls, log = AnsweredCalls(most_items=50), Log()
        for number, size in enumerate(sizes):
            await calls.once(KEY._replace(key=f"k{number}"), [{}] * size, log.take)
            kept = sum(one.items for one in calls._calls.values())
            assert kept == calls._items <= 50 + 1 + size

    asyncio.run(send())


async def test_large_items_leave_sooner():
    calls, log = AnsweredCalls(most_items=50), Log()
    for number in range(5):
        items = [{"text": "x" * 20 * ITEM_BYTES}]
        await calls.once(KEY._replace(key=f"k{number}"), items, log.take)
    assert [one.key for one in calls._calls] == ["k2", "k3", "k4"]


KEYED = """mutation($records: [RecordInput!]!, $key: String) {
  upsertRecords(records: $records, idempotencyKey: $key) {
    accepted refused results { status code } } }"""


async def test_a_call_that_comes_again_costs_the_log_its_audit_alone(world):
    async def send(key, *items):
        variables = {"records": list(items), "key": key}
        return await world.ask(KEYED, "connector", variables=variables, sources=["*"])

    async def appended(topic):
        return sum((await world.log.ends([topic])).values())

    first = await send("k", *ITEMS, {"source": "crm"})
    assert (first["data"]["upsertRecords"]["accepted"], await appended(RECORDS)) == (1, 1)
    assert await send("k", *ITEMS, {"source": "crm"}) == first
    assert (await appended(RECORDS), await appended(QUARANTINE)) == (1, 1)
    first, again = await world.audited()
    assert len(again.subjects) == len(first.subjects) == 1
    reused = await send("k", {"source": "crm", "key": "k2"})
    assert reused["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    await send(None, *ITEMS)
    assert await appended(RECORDS) == 2


def test_the_bound_is_what_the_documents_say():
    assert (MOST_ITEMS, ITEM_BYTES) == (20_000, 1_024)
