"""Refused items are listed newest first whatever their partition, and sent again as what one is."""

import asyncio
import json
from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.items import ItemStatus, Refusal, Stage
from c360_gateway.collect.joins import JoinQuota
from c360_gateway.collect.kinds import consent_kind, event_kind, record_kind
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.refused_items import RefusedItems, Wanted
from c360_gateway.collect.resending import Resender
from c360_gateway.collect.waiting import WaitOptions
from c360_gateway.context import OperationContext
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorInvalid
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import QUARANTINE, RECORDS
from c360_kernel.stamp import StampClock
from c360_kernel.testing.cursors import SEALER
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import compile_table
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = default_catalog()
AT_ONCE = WaitOptions(Stage.LOG, 0)
KINDS = (record_kind(CATALOG), event_kind(CATALOG), consent_kind(CATALOG))


class NobodyJoins:
    async def of(self, observed, context):
        return [0] * len(observed)


class NoReceipts:
    async def of(self, entry_ids, context):
        return {}


def context(*sources):
    caller = CallerContext("ann", ("connector",))
    principal = Principal("ann", ("connector",), "", frozenset(sources), 0)
    allowed = ["connector", "Mutation.*", "write", "", "allow", "*", "", "", "writes"]
    sent = {f"Mutation.{kind.operation}": frozenset[str]() for kind in KINDS}
    coordinates = {**catalog_tags(CATALOG), **sent}
    table = compile_table(policy_of([allowed], []), ("connector",), "", coordinates, 0)
    return OperationContext(caller, principal, table=table)


class Mended:
    """Refused items, as a catalog that has changed would take them."""

    def __init__(self, stated, item):
        self._item = replace(stated, item=item)

    async def item(self, name):
        return self._item


class NothingReplaced:
    async def of(self, grants, context):
        return [()] * len(grants)


class House:
    """A collector with its log, and what reads its quarantine."""

    def __init__(self):
        self.log = MemoryLog()
        self.quarantine = Quarantine(CATALOG, 10_000_000)
        self.collector = Collector(
            CATALOG,
            self.log,
            StampClock(),
            NoReceipts(),
            NoReceipts(),
            JoinQuota(NobodyJoins(), 1, 1),
            self.quarantine,
            NothingReplaced(),
            NoReceipts(),
            NoReceipts(),
        )
        self.items = RefusedItems(self.log, SEALER)
        self.resender = Resender(self.items, self.collector, KINDS)

    async def send(self, *items, sources=("*",)):
        return await self.collector.collect(KINDS[0], items, context(*sources), AT_ONCE)

    async def listed(self, size=10, **wanted):
        found, after = [], None
        while True:
            page = await self.items.page(size, after, Wanted(**wanted))
            found += page.items
            assert len(page.items) <= size
            if not page.has_more:
                return found
            after = page.end

    async def payloads(self, topic):
        parts = (await self.log.ends([topic])).keys()
        return [
            decode(topic, one.data) for part in parts for one in await self.log.read(part, 0, 9)
        ]

    async def count(self, topic):
        return sum((await self.log.ends([topic])).values())


def bad(source, key, trait="nmae"):
    return {"source": source, "key": key, "traits": {trait: "x"}}


@given(st.lists(st.sampled_from(["crm", "erp", "web"]), max_size=30), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
async def test_all_are_listed_once_newest_first(sources, size):
    house = House()
    for number, source in enumerate(sources):
        await house.send(bad(source, f"k{number}"))
    newest = [f"k{number}" for number in reversed(range(len(sources)))]
    assert [one.payload.key for one in await house.listed(size)] == newest
    of_crm = [f"k{n}" for n in reversed(range(len(sources))) if sources[n] == "crm"]
    assert [one.payload.key for one in await house.listed(size, source="crm")] == of_crm
    assert await house.listed(size, code="NO_SUCH_CODE") == []


async def test_what_comes_meanwhile_shifts_no_page():
    house = House()
    for number in range(4):
        await house.send(bad("crm", f"k{number}"))
    page = await house.items.page(2, None, Wanted())
    await house.send(bad("crm", "later"))
    rest = await house.items.page(9, page.end, Wanted())
    assert [one.payload.key for one in (*page.items, *rest.items)] == ["k3", "k2", "k1", "k0"]


@pytest.mark.parametrize("forged", ["", "x", "AAAA"])
async def test_a_place_is_nobodys_to_make(forged):
    with pytest.raises(CursorInvalid):
        await House().items.page(1, forged, Wanted())


async def test_ids_and_cursors_do_not_stand_for_each_other():
    house = House()
    await house.send(bad("crm", "k"))
    (one,) = await house.listed()
    with pytest.raises(CursorInvalid):
        await house.items.page(1, one.id, Wanted())
    with pytest.raises(CursorInvalid):
        await house.items.item(one.cursor)


async def test_an_item_goes_through_the_collector_again_and_its_refusal_stays():
    house = House()
    await house.send({"source": "crm", "key": "a", "traits": {"name": "Ann"}}, sources=["erp"])
    await house.send(bad("crm", "b"), {"source": "crm", "key": "c", "traits": {"name": 5}})
    by_key = {one.payload.key: one.id for one in await house.listed()}
    ids = [by_key["b"], "nonsense", by_key[""] if "" in by_key else by_key["c"], by_key["c"]]
    report = await house.resender.resend(ids, context("*"), AT_ONCE)
    assert [one.index for one in report] == [0, 1, 2, 3]
    assert [one.status for one in report] == [ItemStatus.REFUSED] * 4
    assert report[0].refusal.code == "UNKNOWN_TRAIT"
    assert report[1].refusal.code == "QUARANTINE_UNKNOWN"
    # What its sender might not write was not kept, so there is nothing to send.
    assert report[2].refusal.code == "QUARANTINE_CUT"
    assert {one.payload.key for one in await house.listed()} >= {"b", "c"}


async def test_the_rights_are_those_of_who_resends():
    house = House()
    good = {"source": "crm", "key": "a"}
    entry = house.quarantine.entry(
        KINDS[0],
        good,
        Refusal("UNKNOWN_TRAIT", "traits", "before the catalog changed"),
        context("crm"),
        StampClock().next(),
    )
    await house.log.append([entry])
    (name,) = [one.id for one in await house.listed() if one.payload.key == "a"]
    (refused,) = await house.resender.resend([name], context("erp"), AT_ONCE)
    assert refused.refusal.code == "SOURCE_FORBIDDEN"
    before = await house.count(QUARANTINE)
    (taken,) = await house.resender.resend([name], context("crm"), AT_ONCE)
    assert taken.status is ItemStatus.ACCEPTED
    assert (await house.count(RECORDS), await house.count(QUARANTINE)) == (1, before)


@pytest.mark.parametrize(
    ("kind", "item", "time"),
    [
        (0, {"traits": {"name": "Ann"}}, lambda report: (report.observed_at, report.revision)),
        (1, {"messageId": "m-1", "name": "page_viewed"}, lambda report: (report.occurred_at,)),
        (2, {"purpose": "marketing", "status": "granted"}, lambda report: (report.at,)),
    ],
)
async def test_an_item_without_a_time_counts_from_when_it_was_refused(kind, item, time):
    """A grant sent again is no answer to a withdrawal that came after it."""
    house = House()
    await house.collector.collect(
        KINDS[kind], [{"source": "crm", "key": "a", **item, "wrong": 1}], context("*"), AT_ONCE
    )
    (refused,) = await house.listed()
    sent = json.loads(refused.payload.item)
    del sent["wrong"]
    resender = Resender(Mended(refused.payload, json.dumps(sent)), house.collector, KINDS)
    await asyncio.sleep(0.005)
    (report,) = await resender.resend([refused.id], context("*"), AT_ONCE)
    assert report.status is ItemStatus.ACCEPTED
    (payload,) = await house.payloads(KINDS[kind].topic)
    assert set(time(payload)) == {refused.payload.at}
