"""The feed of changes: nothing missed, whatever comes in between, and told to who may be told."""

import asyncio
from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.items import Stage
from c360_gateway.collect.waiting import Waiter
from c360_gateway.context import OperationContext
from c360_gateway.feed.changes import LOOKED_AT, ChangeFeed, Wanted
from c360_gateway.watch.errors import CustomerUnknown
from c360_gateway.watch.places import Begin, Places
from c360_kernel.context import CallerContext
from c360_kernel.cursors import CursorInvalid
from c360_kernel.groups import GroupSuppressed
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import CONSENTS, MEMBERSHIPS, PROFILES, QUALITY, RECORDS
from c360_kernel.payload import (
    ConsentRecorded,
    MembershipChanged,
    ProfileChanged,
    QualityChanged,
    RecordUpserted,
)
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_kernel.visibility import Visibility
from c360_policy.table import DENIED, NO_RIGHTS, Access
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.tests.test_with_the_services import instance  # noqa: F401 - fixture

CALLER = CallerContext("sync", ("crm_sync",))
CONTEXT = OperationContext(CALLER, Principal("sync", ("crm_sync",), "", frozenset(), 0))
ALL = (CONSENTS, MEMBERSHIPS, PROFILES, RECORDS)


class Settled:
    """Services that have handled all, or nothing yet."""

    def __init__(self, stage=Stage.PROFILE):
        self.stage = stage

    async def reached(self, positions, wait):
        return [self.stage] * len(positions)


class Everybody:
    """Identity and profile: a record `a1` is of customer `a`, and `hidden` is shown to nobody."""

    def __init__(self, away=False):
        self.away = away

    async def of(self, records, context):
        if self.away:
            raise CustomerUnknown
        return {one: one.key[0] for one in records if one.key != "nobody"}

    async def shown(self, customers, context):
        hidden = {"h"} if context.caller.predicate else set()
        return frozenset(customers) - hidden


class Gate:
    """The segment service, which tells of `vip` alone."""

    def __init__(self):
        self.asked = []

    async def shows(self, change, context):
        self.asked.append(change.segment)
        return change.segment == "vip"


class Reader:
    """A connector that keeps a cursor."""

    def __init__(self, log, stage=Stage.PROFILE, away=False, topics=ALL, **wanted):
        everybody = Everybody(away)
        waiter = Settled(stage)
        self.feed = ChangeFeed(Places(log, SEALER), waiter, everybody, everybody, Gate())
        self.wanted = Wanted(topics, **wanted)
        self.cursor = None

    async def page(self, size=20, context=CONTEXT):
        return await self.feed.page(self.wanted, size, self.cursor, context)

    async def read(self, size=20, context=CONTEXT):
        """Pages to the end."""
        found, more = [], True
        while more:
            page = await self.page(size, context)
            found += [one.change for one in page.items]
            self.cursor, more = page.end, page.has_more
        return found


def said(source, key, revision=1, **more):
    payload = RecordUpserted(RecordKey(source, key), revision, 1, **more)
    return new_entry(RECORDS, f"{source}/{key}", payload)


def profile(customer, version=1, **more):
    return new_entry(PROFILES, customer, ProfileChanged(customer, Version(0, version), **more))


def member(customer, segment, version=1):
    payload = MembershipChanged(customer, segment, Version(0, version), True, 5)
    return new_entry(MEMBERSHIPS, customer, payload)


def answer(source, key):
    return new_entry(
        CONSENTS,
        f"{source}/{key}",
        ConsentRecorded(RecordKey(source, key), "marketing", "granted", 1),
    )


def told(changes):
    return sorted((one.topic, one.customer, one.origin) for one in changes)


async def test_each_kind_of_change_is_told_with_its_customer_of_now():
    log = MemoryLog()
    gone = profile("b", 2, ended=True, successor="a")
    await log.append(
        [said("crm", "a1"), answer("web", "a2"), profile("a"), gone, member("a", "vip")]
    )
    changes = await Reader(log).read()
    assert told(changes) == [
        (CONSENTS, "a", "web"),
        (MEMBERSHIPS, "a", ""),
        (PROFILES, "a", ""),
        (PROFILES, "a", ""),
        (RECORDS, "a", "crm"),
    ]
    told_of = [(str(one.deleted), one.ended) for one in changes if one.topic == PROFILES]
    assert sorted(told_of) == [("False", ""), ("True", "b")]


async def test_a_reader_leaves_out_what_it_wrote_itself():
    log = MemoryLog()
    await log.append([said("crm", "a1"), said("web", "a2"), answer("crm", "a1"), profile("a")])
    changes = await Reader(log, except_sources=frozenset(["crm"])).read()
    assert told(changes) == [(PROFILES, "a", ""), (RECORDS, "a", "web")]


async def test_a_steward_is_no_source_that_is_left_out():
    log = MemoryLog()
    await log.append([said("steward", "crm/a1")])
    (change,) = await Reader(log, except_sources=frozenset(["crm"])).read()
    assert (change.record, change.origin) == (RecordKey("crm", "a1"), "steward")


async def test_a_deletion_is_told_though_the_record_is_nobodys():
    log = MemoryLog()
    await log.append([said("crm", "nobody", deleted=True)])
    (change,) = await Reader(log).read()
    assert (change.customer, change.deleted) == ("", True)


async def test_who_begins_now_hears_of_what_comes_after():
    log = MemoryLog()
    await log.append([said("crm", "a1")])
    reader = Reader(log, begin=Begin.NOW)
    assert await reader.read() == []
    await log.append([said("crm", "b1")])
    assert [one.customer for one in await reader.read()] == ["b"]


async def test_what_is_not_handled_yet_is_told_later_and_not_lost():
    log = MemoryLog()
    await log.append([said("crm", "a1")])
    reader = Reader(log, stage=Stage.IDENTITY)
    page = await reader.page()
    assert (page.items, page.has_more) == ((), True)
    reader.cursor = page.end
    later = Reader(log)
    later.cursor = page.end
    assert [one.customer for one in await later.read()] == ["a"]


async def test_who_cannot_be_asked_makes_nobody_of_nobody():
    log = MemoryLog()
    await log.append([said("crm", "a1")])
    with pytest.raises(CustomerUnknown):
        await Reader(log, away=True).page()


async def test_row_rules_hide_customers_and_whom_nobody_knows():
    log = MemoryLog()
    entries = [said("crm", "a1"), said("crm", "h1"), said("crm", "nobody"), member("h", "vip")]
    await log.append(entries)
    restricted = replace(CONTEXT, caller=replace(CALLER, predicate="some"))
    assert told(await Reader(log).read(context=CONTEXT)) != []
    assert told(await Reader(log).read(context=restricted)) == [(RECORDS, "a", "crm")]


async def test_a_membership_is_told_to_who_may_hear_of_its_segment():
    log = MemoryLog()
    await log.append([member("a", "vip"), member("a", "secret")])
    (change,) = await Reader(log).read()
    assert change.membership.segment == "vip"


async def test_a_page_asks_once_of_each_segment_and_of_what_its_changes_tell():
    log = MemoryLog()
    other = MembershipChanged("c", "vip", Version(0, 1), False, 5, reads=("Profile.phone",))
    many = [member(name, segment) for name in "ab" for segment in ("vip", "secret")]
    await log.append([*many, new_entry(MEMBERSHIPS, "c", other)])
    reader, gate, everybody = Reader(log), Gate(), Everybody()
    reader.feed = ChangeFeed(Places(log, SEALER), Settled(), everybody, everybody, gate)
    assert sorted(one.customer for one in await reader.read()) == ["a", "b", "c"]
    assert sorted(gate.asked) == ["secret", "vip", "vip"]


async def test_who_is_told_of_no_small_group_is_told_no_memberships():
    log = MemoryLog()
    await log.append([said("crm", "a1"), member("a", "vip")])
    analyst = replace(CONTEXT, caller=replace(CALLER, smallest_group=10))
    with pytest.raises(GroupSuppressed):
        await Reader(log).page(context=analyst)
    others = Reader(log, topics=(RECORDS, PROFILES))
    assert told(await others.read(context=analyst)) == [(RECORDS, "a", "crm")]


@pytest.mark.parametrize("change", ["other topics", "forged", "ahead", "other log"])
async def test_a_cursor_is_of_one_log_and_of_its_topics(change):
    log = MemoryLog()
    await log.append([said("crm", "a1")])
    reader = Reader(log)
    await reader.read()
    if change == "other topics":
        reader.wanted = Wanted((RECORDS,))
    elif change == "forged":
        reader.cursor = reader.cursor[:-2]
    else:
        other = MemoryLog()
        if change == "other log":
            await other.append([said("crm", f"b{number}") for number in range(20)])
        reader.feed = Reader(other).feed
    with pytest.raises(CursorInvalid):
        await reader.page()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 7), st.booleans())
def test_all_is_told_once_whatever_the_pages_and_what_comes_between(sizes, size, by_edge):
    async def read():
        log, sent, found = MemoryLog(), [], []
        reader = Reader(log, topics=(PROFILES, RECORDS))
        for batch in sizes:
            sent += (keys := [f"k{len(sent) + number}" for number in range(batch)])
            await log.append([said("crm", key) for key in keys])
            page = await reader.page(size)
            found += page.items
            reader.cursor = page.items[-1].cursor if by_edge else page.end
        told = [one.change.record.key for one in found]
        return sent, told + [one.record.key for one in await reader.read(size)]

    sent, told = asyncio.run(read())
    assert sorted(told) == sorted(sent)


async def test_a_page_ends_though_nothing_of_it_is_told():
    log = MemoryLog()
    await log.append([said("crm", f"a{number}") for number in range(LOOKED_AT + 5)])
    reader = Reader(log, except_sources=frozenset(["crm"]))
    page = await reader.page()
    assert (len(page.items), page.has_more) == (0, True)
    assert await reader.read() == []


async def test_changes_wait_for_the_services():
    """With the real waiter nothing is told that identity and profile have not handled."""
    log = MemoryLog()
    await log.append([said("crm", "a1"), profile("a")])
    reader = Reader(log)
    everybody = Everybody()
    reader.feed = ChangeFeed(Places(log, SEALER), Waiter(log), everybody, everybody, Gate(), 0.0)
    page = await reader.page()
    assert (page.items, page.has_more) == ((), True)


MEASURED = frozenset(
    ("Query.dataQuality", "DataQuality.traits")
    + tuple(f"TraitQuality.{one}" for one in ("source", "trait", "breaches", "validity"))
)


def crossing(trait="phone", beyond=True, version=1):
    payload = QualityChanged("crm", trait, "validity", Version(0, version), beyond, 0.4, 0.9, 5)
    return new_entry(QUALITY, f"crm/{trait}/validity", payload)


def who_reads(*, masked=(), denied=(), seen=("Profile.phone",), **caller):
    """A caller who may read what data quality is told by, but for some of it."""
    reads = {one: Access("allow") for one in MEASURED}
    reads |= dict.fromkeys(denied, DENIED) | dict.fromkeys(masked, Access("mask"))
    known = Visibility(frozenset(seen))
    return replace(
        CONTEXT,
        table=replace(NO_RIGHTS, reads=reads),
        caller=replace(CALLER, visibility=known, **caller),
    )


async def test_crossings_of_bounds_of_quality_are_changes_too():
    log = MemoryLog()
    await log.append([crossing(), said("crm", "a1"), crossing(beyond=False, version=2)])
    reader = Reader(log, topics=(QUALITY, RECORDS))
    changes = await reader.read(context=who_reads())
    quality = [one.quality for one in changes if one.topic == QUALITY]
    assert [(one.source, one.trait, one.measure, one.beyond) for one in quality] == [
        ("crm", "phone", "validity", True),
        ("crm", "phone", "validity", False),
    ]
    assert {(one.customer, one.record, one.origin, one.at) for one in changes if one.quality} == {
        ("", None, "", 5)
    }
    assert await reader.read(context=who_reads()) == []


@pytest.mark.parametrize(
    "caller",
    [
        who_reads(seen=()),
        who_reads(seen=("Profile.email",)),
        who_reads(predicate="some"),
        *(who_reads(denied=[one]) for one in sorted(MEASURED)),
        who_reads(masked=["TraitQuality.validity"]),
    ],
)
async def test_who_is_not_told_of_quality_hears_of_no_crossing(caller):
    log = MemoryLog()
    await log.append([crossing()])
    assert await Reader(log, topics=(QUALITY,)).read(context=caller) == []


async def test_who_is_told_of_no_small_group_is_refused_crossings():
    reader = Reader(MemoryLog(), topics=(QUALITY,))
    with pytest.raises(GroupSuppressed):
        await reader.page(context=who_reads(smallest_group=5))


CHANGES = """query($after: String, $topics: [ChangeTopic!]!, $out: [String!]) {
  changes(after: $after, topics: $topics, exceptSources: $out, first: 50) {
    edges { cursor node { topic source key deleted endedId
      customer { id profile { phone } } } }
    pageInfo { hasNextPage endCursor } } }"""
UPSERT = """mutation($records: [RecordInput!]!) {
  upsertRecords(records: $records) { accepted } }"""


async def changes(instance, role, out=(), after=None, topics=("RECORDS",)):  # noqa: F811
    variables = {"after": after, "topics": list(topics), "out": list(out)}
    answer = await instance.ask(CHANGES, role, variables)
    page = answer["data"]["changes"]
    return page, answer.get("errors") or []


async def test_a_crm_hears_of_what_others_say_and_reads_under_its_own_policy(instance):  # noqa: F811
    page, errors = await changes(instance, "privacy_officer", out=["crm"])
    assert errors == []
    (edge,) = page["edges"]
    assert (edge["node"]["source"], edge["node"]["key"]) == ("web", "w1")
    assert edge["node"]["customer"]["profile"] == {"phone": "+8613912345678"}
    masked, _ = await changes(instance, "support_agent", out=["crm"])
    assert masked["edges"][0]["node"]["customer"]["profile"] == {"phone": "***5678"}
    blind, errors = await changes(instance, "marketing_analyst", out=["crm"])
    node = blind["edges"][0]["node"]
    assert node["key"] is None and errors[0]["extensions"]["code"] == "FIELD_DENIED"
    own = {
        "source": "crm",
        "key": "k1",
        "revision": 2,
        "traits": {"name": "Ann", "email": "a@b.cn"},
    }
    await instance.ask(UPSERT, "connector", {"records": [own]}, ["*"])
    await instance.settle()
    after = page["pageInfo"]["endCursor"]
    later, _ = await changes(instance, "privacy_officer", out=["crm"], after=after)
    assert later["edges"] == []
    theirs, _ = await changes(instance, "privacy_officer", after=after)
    assert [one["node"]["source"] for one in theirs["edges"]] == ["crm"]


async def test_who_may_read_no_customers_reads_no_changes(instance):  # noqa: F811
    answer = await instance.ask(CHANGES, "connector", {"topics": ["RECORDS"], "out": []}, ["*"])
    assert (answer["data"] or {}).get("changes") is None
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_DENIED"


QUALITIES = """query($after: String) {
  changes(topics: [QUALITY], after: $after) { edges { cursor node { topic customer { id } source
    quality { source trait measure beyond value bound } } } pageInfo { endCursor } } }"""


async def test_crossings_are_read_under_policy(instance):  # noqa: F811
    await instance.log.append([crossing(), crossing("nationalId")])
    answer = await instance.ask(QUALITIES, "privacy_officer")
    first, second = [one["node"] for one in answer["data"]["changes"]["edges"]]
    assert first == {
        "topic": "QUALITY",
        "customer": None,
        "source": None,
        "quality": {
            "source": "crm",
            "trait": "phone",
            "measure": "validity",
            "beyond": True,
            "value": 0.4,
            "bound": 0.9,
        },
    }
    assert second["quality"]["trait"] == "nationalId"
    limited = await instance.ask(QUALITIES, "marketing_analyst")
    told_to_it = ((limited["data"] or {}).get("changes") or {"edges": []})["edges"]
    assert "nationalId" not in [one["node"]["quality"]["trait"] for one in told_to_it]
    after = answer["data"]["changes"]["pageInfo"]["endCursor"]
    later = await instance.ask(QUALITIES, "privacy_officer", {"after": after})
    assert later["data"]["changes"]["edges"] == []


DELETE = """mutation($records: [RecordDeletionInput!]!) {
  deleteRecords(records: $records) { accepted } }"""


async def test_who_became_part_of_another_is_named(instance):  # noqa: F811
    gone = {"source": "crm", "key": "k1", "revision": 9}
    await instance.ask(DELETE, "connector", {"records": [gone]}, ["*"])
    await instance.settle()
    page, _ = await changes(instance, "privacy_officer", topics=["PROFILES"])
    (gone,) = [one["node"] for one in page["edges"] if one["node"]["deleted"]]
    told = {one["node"]["customer"]["id"] for one in page["edges"] if not one["node"]["deleted"]}
    assert gone["endedId"] in told and gone["endedId"] != gone["customer"]["id"]


async def test_golden_profiles_and_consents_are_changes_too(instance):  # noqa: F811
    page, _ = await changes(instance, "privacy_officer", topics=["PROFILES", "CONSENTS"])
    assert {one["node"]["topic"] for one in page["edges"]} == {"PROFILES"}
