"""The write side: each item is judged alone, what passes is in the log at once."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect import turns
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.items import ItemStatus, Refusal, Stage
from c360_gateway.collect.joins import JOIN_LIMITED, JoinQuota
from c360_gateway.collect.kinds import consent_kind, event_kind, record_kind
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.waiting import Waiter, WaitOptions
from c360_gateway.context import OperationContext
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.errors import Invalid, Transient
from c360_kernel.log.entry import NewEntry, Partition, Position
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT, CONSENTS, EVENTS, IDENTITIES, QUARANTINE, RECORDS
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import NO_RIGHTS, compile_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CATALOG = default_catalog()
NOW_MS = 1_800_000_000_000
MOMENT = 1_767_225_600_000
AT_ONCE = WaitOptions(Stage.LOG, 0)
GOOD = {"source": "crm", "key": "k1", "revision": 1, "traits": {"name": "Ann"}}


class Told:
    """Identity's receipts, as a test says them: applied unless it says otherwise."""

    def __init__(self, **statuses):
        self.statuses = statuses
        self.calls = []

    async def of(self, entry_ids, context):
        self.calls.extend(entry_ids)
        return {one: self.statuses.get(one, ItemStatus.APPLIED) for one in entry_ids}


class NobodyJoins:
    """Must not be asked: a pure connector has no quota."""

    async def of(self, observed, context):
        raise AssertionError("asked for a principal that may read no customer")


class Silent:
    """An identity service that cannot be asked."""

    async def of(self, entry_ids, context):
        return {}


def table_denying(*objects):
    """The policy of a connector that may write everything but these objects."""
    denied = [["connector", one, "write", "", "deny", "*", "", "", f"no-{one}"] for one in objects]
    allowed = ["connector", "Mutation.*", "write", "", "allow", "*", "", "", "writes"]
    policy = policy_of([allowed, *denied], [])
    return compile_table(policy, ("connector",), "", catalog_tags(CATALOG), NOW_MS)


class Decisive:
    """Profile, where every answer came to the same."""

    def __init__(self, status=ItemStatus.APPLIED):
        self.status = status
        self.calls = []

    async def of(self, answers, context):
        self.calls += answers
        return {} if self.status is None else {one.stamp: self.status for one in answers}


class NothingReplaced:
    """Profile, where no record of a customer holds anything against a grant."""

    async def of(self, grants, context):
        return [()] * len(grants)


class NothingSaid:
    async def of(self, objects, context):
        return [None] * len(objects)


class NobodyTagged:
    """Profile, where nobody has a tag."""

    async def holders(self, wanted, context):
        return [()] * len(wanted)

    async def outcomes(self, said, context):
        return {}


class Desk:
    """A collector over a memory log, and what is in that log."""

    def __init__(
        self, sources=("*",), receipts=None, denied=(), consents=None, replaced=None, tags=None
    ):
        self.log = MemoryLog()
        self.clock = StampClock("0" * 12, lambda: NOW_MS)
        self.receipts = receipts or Told()
        self.collector = Collector(
            CATALOG,
            self.log,
            self.clock,
            self.receipts,
            consents or Decisive(),
            JoinQuota(NobodyJoins(), 1, 1),
            Quarantine(CATALOG, 10_000_000),
            replaced or NothingReplaced(),
            tags or NobodyTagged(),
            NothingSaid(),
        )
        self.context = OperationContext(
            CallerContext("ann", ("connector",)),
            Principal("ann", ("connector",), "", frozenset(sources), 0),
            traceparent="00-ab-cd-01",
            table=table_denying(*denied),
        )
        self.kinds = {
            RECORDS: record_kind(CATALOG),
            EVENTS: event_kind(CATALOG),
            CONSENTS: consent_kind(CATALOG),
        }

    async def take(self, items, topic=RECORDS, wait=AT_ONCE):
        return await self.collector.collect(self.kinds[topic], items, self.context, wait)

    async def entries(self, topic):
        found = [
            entry
            for partition in await self.log.ends([topic])
            for entry in await self.log.read(partition, 0, 10_000)
        ]
        return sorted(found, key=lambda entry: entry.stamp)

    async def payloads(self, topic):
        return [decode(topic, entry.data) for entry in await self.entries(topic)]


@pytest.fixture
def desk():
    return Desk()


async def test_a_record_is_stamped_and_kept_as_its_source_said_it(desk):
    item = {
        "source": "crm",
        "key": "k/1",
        "revision": 7,
        "observedAt": "2026-01-01T08:00:00+08:00",
        "identifiers": [{"type": "member_card", "value": " c-1 "}],
        "traits": {"name": "Ann", "phone": "138 0013 8000", "loyaltyPoints": 5, "city": None},
    }
    (result,) = await desk.take([item])
    assert (result.status, result.stage) == (ItemStatus.ACCEPTED, Stage.LOG)
    (entry,) = await desk.entries(RECORDS)
    assert (entry.key, entry.subject, entry.time) == ("crm/k/1", "crm/k/1", NOW_MS)
    assert (entry.id, entry.traceparent) == (f"records:{entry.stamp}", "00-ab-cd-01")
    record = decode(RECORDS, entry.data)
    assert (record.record, record.revision) == (RecordKey("crm", "k/1"), 7)
    assert record.observed_at == 1_767_225_600_000
    assert record.traits == {"name": "Ann", "phone": "138 0013 8000", "loyaltyPoints": 5}
    assert record.identifiers == (
        Identifier("member_card", " c-1 "),
        Identifier("phone", "138 0013 8000"),
    )


class SomeJoinTooMany:
    """A quota that refuses what is sent of these keys."""

    def __init__(self, *keys):
        self.keys = keys

    async def refused(self, payloads, context):
        limited = Refusal(JOIN_LIMITED, "identifiers", "too many")
        return [limited if one.record.key in self.keys else None for one in payloads]


@pytest.mark.parametrize("limited", [(), ("k0",), ("k1", "k4"), ("k0", "k1", "k3", "k4")])
async def test_what_the_quota_refuses_is_answered_in_its_place_and_kept_nowhere(desk, limited):
    desk.collector._admission = SomeJoinTooMany(*limited)
    items = [{**GOOD, "key": f"k{number}"} for number in range(5)]
    items[2] = {"source": "crm", "key": 5}
    results = await desk.take(items)
    keys = ["k0", "k1", None, "k3", "k4"]
    assert [one.index for one in results] == [0, 1, 2, 3, 4]
    for key, one in zip(keys, results, strict=True):
        refusal = one.refusal and one.refusal.code
        if key is None:
            assert (one.status, refusal, one.is_kept) == (ItemStatus.REFUSED, "FIELD_TYPE", True)
        elif key in limited:
            assert (one.status, refusal, one.is_kept) == (ItemStatus.REFUSED, JOIN_LIMITED, False)
            assert one.stage is None
        else:
            assert (one.status, refusal, one.stage) == (ItemStatus.ACCEPTED, None, Stage.LOG)
    taken = [key for key in keys if key not in (*limited, None)]
    assert [entry.key for entry in await desk.entries(RECORDS)] == [f"crm/{key}" for key in taken]
    assert desk.context.subjects == {f"record:crm/{key}" for key in taken}
    assert len(await desk.entries(QUARANTINE)) == 1


async def test_a_revision_is_given_or_the_observation_or_the_stamp(desk):
    base = {"source": "crm"}
    await desk.take(
        [
            {**base, "key": "a", "revision": 3, "observedAt": MOMENT},
            {**base, "key": "b", "observedAt": MOMENT},
            {**base, "key": "c"},
        ]
    )
    values = {
        one.record.key: (one.revision, one.observed_at, one.own)
        for one in await desk.payloads(RECORDS)
    }
    assert values == {
        "a": (3, MOMENT, True),
        "b": (MOMENT, MOMENT, False),
        "c": (NOW_MS, NOW_MS, False),
    }


async def test_two_contents_of_one_revision_in_a_call_are_both_taken(desk):
    changed = {**GOOD, "traits": {"name": "Bob"}}
    results = await desk.take([GOOD, changed, GOOD])
    assert [one.status.name for one in results] == ["ACCEPTED", "ACCEPTED", "DUPLICATE"]


async def test_of_two_states_without_a_revision_the_later_one_is_later(desk):
    await desk.take([{"source": "crm", "key": "a"}, {"source": "crm", "key": "a"}])
    await desk.take([{"source": "crm", "key": "a"}])
    revisions = [one.revision for one in await desk.payloads(RECORDS)]
    assert revisions == sorted(set(revisions))
    assert len(revisions) == 3


async def test_an_event_and_a_consent_are_kept(desk):
    event = {
        "source": "web",
        "key": "u1",
        "messageId": "m1",
        "name": "order_completed",
        "occurredAt": NOW_MS - 5,
        "identifiers": [{"type": "email", "value": "a@b.c"}],
        "properties": {"amount": 5, "orderId": "o1"},
    }
    consent = {"source": "web", "key": "u1", "purpose": "marketing", "status": "GRANTED"}
    await desk.take([event], EVENTS)
    await desk.take([consent], CONSENTS)
    (tracked,) = await desk.payloads(EVENTS)
    assert (tracked.message_id, tracked.occurred_at) == ("m1", NOW_MS - 5)
    assert tracked.properties == {"amount": 5.0, "orderId": "o1"}
    (found,) = await desk.payloads(CONSENTS)
    assert (found.purpose, found.status, found.at) == ("marketing", "granted", NOW_MS)


CRM = {"source": "crm", "key": "a"}
PAGE = {"source": "web", "key": "u", "messageId": "m", "name": "page_viewed"}
BAD_RECORDS = [
    ({"key": "a"}, "FIELD_MISSING", "source"),
    ({"source": "", "key": "a"}, "FIELD_MISSING", "source"),
    ({"source": 5, "key": "a"}, "FIELD_TYPE", "source"),
    ({"source": "crmm", "key": "a"}, "UNKNOWN_SOURCE", "source"),
    ({"source": "crm"}, "FIELD_MISSING", "key"),
    ({"source": "crm", "key": 5}, "FIELD_TYPE", "key"),
    ({"source": "crm", "key": "a" * 513}, "FIELD_TOO_LONG", "key"),
    ({**CRM, "revision": "1"}, "FIELD_TYPE", "revision"),
    ({**CRM, "revision": 2**63}, "FIELD_TYPE", "revision"),
    ({**CRM, "observedAt": "yesterday"}, "FIELD_TYPE", "observedAt"),
    ({**CRM, "deleted": "no"}, "FIELD_TYPE", "deleted"),
    ({**CRM, "deleted": True, "traits": {"name": "x"}}, "FIELD_TYPE", "deleted"),
    ({**CRM, "traits": []}, "FIELD_TYPE", "traits"),
    ({**CRM, "traits": {"nmae": "x"}}, "UNKNOWN_TRAIT", "traits.nmae"),
    ({**CRM, "traits": {"name": 5}}, "TRAIT_TYPE", "traits.name"),
    ({**CRM, "traits": {"birthDate": "1990-02-30"}}, "TRAIT_TYPE", "traits.birthDate"),
    ({**CRM, "traits": {"loyaltyTier": "tin"}}, "TRAIT_CHOICE", "traits.loyaltyTier"),
    ({**CRM, "identifiers": {}}, "FIELD_TYPE", "identifiers"),
    ({**CRM, "identifiers": ["x"]}, "FIELD_TYPE", "identifiers[0]"),
    (
        {**CRM, "identifiers": [{"type": "fax", "value": "1"}]},
        "UNKNOWN_IDENTIFIER",
        "identifiers[0].type",
    ),
    (
        {**CRM, "identifiers": [{"type": "phone", "value": 1}]},
        "IDENTIFIER_TYPE",
        "identifiers[0].value",
    ),
    ({**CRM, "traits": {"name": "x" * 300_000}}, "ITEM_TOO_LARGE", ""),
    ({**CRM, "traits": {"name": "中" * 700_000}}, "ITEM_TOO_LARGE", ""),
    ({**CRM, "traits": {"x" * 2_000_000: 1}}, "UNKNOWN_TRAIT", None),
]


@pytest.mark.parametrize(("item", "code", "path"), BAD_RECORDS)
async def test_a_malformed_record_is_refused_alone_and_kept_in_quarantine(desk, item, code, path):
    first, bad, last = await desk.take([GOOD, item, {**GOOD, "key": "k2"}])
    assert (first.status, last.status) == (ItemStatus.ACCEPTED, ItemStatus.ACCEPTED)
    assert (bad.status, bad.stage, bad.index) == (ItemStatus.REFUSED, None, 1)
    assert bad.refusal.code == code
    assert path is None or bad.refusal.path == path
    assert len(await desk.entries(RECORDS)) == 2
    (kept,) = await desk.payloads(QUARANTINE)
    assert (kept.code, kept.operation) == (code, "upsertRecords")
    assert kept.path == bad.refusal.path[:1_000]
    whole = json.dumps(item, ensure_ascii=False).encode()
    if len(whole) > 262_144:
        assert kept.cut and whole.startswith(kept.item.encode())
        assert 65_533 <= len(kept.item.encode()) <= 65_536
    else:
        assert not kept.cut and json.loads(kept.item) == item


async def test_a_name_that_is_no_source_is_not_told_outside_the_item(desk):
    await desk.take([{"source": "13800138000", "key": "13900139000"}])
    (entry,) = await desk.entries(QUARANTINE)
    kept = decode(QUARANTINE, entry.data)
    assert (entry.key, entry.subject, kept.source, kept.key) == ("/", "/", "", "")


@pytest.mark.parametrize("length", [512, 513, 5_000])
async def test_a_key_too_long_to_be_one_is_told_nowhere_outside_the_item(desk, length):
    await desk.take([{"source": "crm", "key": "k" * length, "traits": 5}])
    (entry,) = await desk.entries(QUARANTINE)
    kept = decode(QUARANTINE, entry.data)
    text = "k" * length if length <= 512 else ""
    assert (entry.key, entry.subject, kept.key) == (f"crm/{text}", f"crm/{text}", text)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({**PAGE, "messageId": None}, "FIELD_MISSING"),
        ({**PAGE, "name": "page_veiwed"}, "UNKNOWN_EVENT"),
        ({**PAGE, "properties": {"x": 1}}, "UNKNOWN_PROPERTY"),
        ({**PAGE, "properties": {"page": 1}}, "PROPERTY_TYPE"),
    ],
)
async def test_a_malformed_event_is_refused(desk, item, code):
    (bad,) = await desk.take([item], EVENTS)
    assert bad.refusal.code == code


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"purpose": "fun"}, "UNKNOWN_PURPOSE", "purpose"),
        ({"status": "maybe"}, "FIELD_TYPE", "status"),
        ({"channel": 5}, "FIELD_TYPE", "channel"),
        ({"at": "noon"}, "FIELD_TYPE", "at"),
    ],
)
async def test_a_malformed_consent_is_refused(desk, change, code, path):
    item = {"source": "web", "key": "u", "purpose": "marketing", "status": "granted", **change}
    (bad,) = await desk.take([item], CONSENTS)
    assert (bad.refusal.code, bad.refusal.path) == (code, path)


async def test_a_token_writes_only_its_own_sources():
    desk = Desk(sources=("web",))
    mine, other = await desk.take([{**GOOD, "source": "web"}, GOOD])
    assert mine.status is ItemStatus.ACCEPTED
    assert (other.status, other.refusal.code) == (ItemStatus.REFUSED, "SOURCE_FORBIDDEN")
    assert [one.record.source for one in await desk.payloads(RECORDS)] == ["web"]


@pytest.mark.parametrize(
    ("identifiers", "traits", "warned"),
    [
        ([("phone", "12")], {}, [("IDENTIFIER_MALFORMED", "phone")]),
        ([("phone", "1.39E+10")], {}, [("IDENTIFIER_MALFORMED", "phone")]),
        ([("account", "[object Object]")], {}, [("IDENTIFIER_BLOCKED", "account")]),
        ([], {"phone": "none", "email": "x"}, [
            ("IDENTIFIER_BLOCKED", "phone"), ("IDENTIFIER_MALFORMED", "email"),
        ]),
        ([("phone", "139 0000-1122"), ("account", "ann")], {"email": "a@example.com"}, []),
    ],
)  # fmt: skip
async def test_identifiers_that_join_nobody_are_told(desk, identifiers, traits, warned):
    pairs = [{"type": type_, "value": value} for type_, value in identifiers]
    (taken,) = await desk.take([{**GOOD, "identifiers": pairs, "traits": traits}])
    assert taken.status is ItemStatus.ACCEPTED
    assert [(one.code, one.type) for one in taken.warnings] == warned


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("key", "4.40301E+17", "DIGITS_LOST"),
        ("key", "123.0", "DIGITS_LOST"),
        ("key", "undefined", "KEY_PLACEHOLDER"),
        ("key", "[object Object]", "KEY_PLACEHOLDER"),
        ("key", "无", "KEY_PLACEHOLDER"),
        ("key", "\u200b", "FIELD_MISSING"),
    ],
)
async def test_a_key_that_names_nobody_is_refused(desk, field, value, code):
    (bad,) = await desk.take([{**GOOD, field: value}])
    assert (bad.refusal.code, bad.refusal.path) == (code, field)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("4.40301E+17", "DIGITS_LOST"),
        ("undefined", "KEY_PLACEHOLDER"),
        ("{{event_id}}", "KEY_PLACEHOLDER"),
        ("\u200b", "FIELD_MISSING"),
    ],
)
async def test_an_event_whose_id_is_everybodys_is_refused(desk, value, code):
    """Taken, it would make a duplicate of whatever comes under that id later."""
    (bad,) = await desk.take([{**PAGE, "messageId": value}], EVENTS)
    assert (bad.refusal.code, bad.refusal.path) == (code, "messageId")


@pytest.mark.parametrize("message_id", ["7", "0", "m", "test-1", "8E20099"])
async def test_an_event_id_that_only_looks_odd_is_taken(desk, message_id):
    (taken,) = await desk.take([{**PAGE, "messageId": message_id}], EVENTS)
    assert taken.status is ItemStatus.ACCEPTED


@pytest.mark.parametrize("key", ["7", "000000", "8E20099", "V-6", "test-1", "EV-1"])
async def test_a_key_that_only_looks_odd_is_taken(desk, key):
    assert (await desk.take([{**GOOD, "key": key}]))[0].status is ItemStatus.ACCEPTED


async def test_a_key_and_a_text_are_kept_in_their_one_form(desk):
    await desk.take(
        [{**GOOD, "key": "V-6\u200b", "traits": {"name": "Zu\u0308", "city": "\ufeff"}}]
    )
    (record,) = await desk.payloads(RECORDS)
    assert (record.record.key, record.traits) == ("V-6", {"name": "Zü"})


WRITTEN = {
    RECORDS: {
        **GOOD,
        "traits": {"name": "Ann", "totalSpend": 5, "phone": "138 0013 8000", "status": "x"},
        "identifiers": [{"type": "member_card", "value": "C-1"}],
    },
    EVENTS: {
        "source": "store",
        "key": "k",
        "messageId": "m",
        "name": "order_completed",
        "properties": {"amount": 5},
    },
}


@pytest.mark.parametrize(
    ("denied", "topic", "path"),
    [
        ("tag:financial", RECORDS, "traits.totalSpend"),
        ("Profile.totalSpend", RECORDS, "traits.totalSpend"),
        ("RecordTraits.status", RECORDS, "traits.status"),
        ("Profile.*", RECORDS, "traits.name"),
        ("tag:customer_number", RECORDS, "identifiers"),
        ("Identifiers.memberCard", RECORDS, "identifiers"),
        ("Identifiers.phone", RECORDS, "traits.phone"),
        ("IdentifierType.PHONE", RECORDS, "traits.phone"),
        ("tag:phone", RECORDS, "traits.phone"),
        ("tag:financial", EVENTS, "properties.amount"),
        ("tag:record_key", EVENTS, "key"),
        ("tag:record_key", RECORDS, "key"),
        ("SourceRecord.key", RECORDS, "key"),
        ("OrderCompleted.messageId", EVENTS, "messageId"),
        ("OrderCompleted.occurredAt", EVENTS, "occurredAt"),
        ("OrderCompleted.amount", EVENTS, "properties.amount"),
    ],
)
async def test_what_a_rule_denies_to_write_refuses_the_item_by_its_path(denied, topic, path):
    desk = Desk(denied=(denied,))
    (bad,) = await desk.take([WRITTEN[topic]], topic)
    assert (bad.refusal.code, bad.refusal.path) == ("WRITE_DENIED", path)
    assert await desk.entries(topic) == []
    assert (await Desk().take([WRITTEN[topic]], topic))[0].status is ItemStatus.ACCEPTED


async def test_an_item_without_the_denied_value_is_taken(desk):
    desk = Desk(denied=("tag:financial", "tag:phone"))
    assert (await desk.take([GOOD]))[0].status is ItemStatus.ACCEPTED


async def test_whoever_nothing_was_decided_for_writes_no_value(desk):
    desk.context = replace(desk.context, table=NO_RIGHTS)
    assert (await desk.take([GOOD]))[0].refusal.code == "WRITE_DENIED"


async def test_a_call_of_more_than_a_thousand_items_is_refused_whole(desk):
    items = [{**GOOD, "key": f"k{n}"} for n in range(1001)]
    with pytest.raises(Invalid) as caught:
        await desk.take(items)
    assert caught.value.code == "TOO_MANY_ITEMS"
    assert await desk.entries(RECORDS) == []
    assert len(await desk.take(items[:1000])) == 1000


async def test_others_are_heard_while_the_items_of_a_call_are_checked(desk, monkeypatch):
    monkeypatch.setattr(turns, "_STEP_S", 0)
    items = [{**GOOD, "key": f"k{number}"} for number in range(20)]
    collecting = asyncio.create_task(desk.take(items))
    heard = 0
    while not collecting.done():
        heard += 1
        await asyncio.sleep(0)
    assert heard >= 20
    assert len(await collecting) == 20


async def test_one_message_sent_twice_in_a_call_is_taken_once(desk):
    event = {"source": "web", "key": "u", "messageId": "m", "name": "page_viewed"}
    first, again, other = await desk.take(
        [event, {**event, "key": "v"}, {**event, "source": "store"}], EVENTS
    )
    assert (first.status, again.status) == (ItemStatus.ACCEPTED, ItemStatus.DUPLICATE)
    assert other.status is ItemStatus.ACCEPTED
    assert len(await desk.entries(EVENTS)) == 2


async def test_one_revision_sent_twice_in_a_call_is_taken_once(desk):
    results = await desk.take([GOOD, GOOD, {**GOOD, "revision": 2}])
    assert [one.status.name for one in results] == ["ACCEPTED", "DUPLICATE", "ACCEPTED"]


async def test_all_of_a_call_is_appended_in_one_go(desk):
    calls = []
    append = desk.log.append

    async def counting(entries):
        calls.append(len(entries))
        return await append(entries)

    desk.log.append = counting
    await desk.take([GOOD, {}, {**GOOD, "key": "k2"}])
    assert calls == [3]


async def test_when_the_log_is_full_nothing_was_taken(desk):
    async def full(entries):
        raise Transient("the log cannot take entries now", code="LOG_FULL")

    desk.log.append = full
    with pytest.raises(Transient) as caught:
        await desk.take([GOOD])
    assert caught.value.code == "LOG_FULL"


async def test_an_empty_call_is_an_empty_answer(desk):
    assert await desk.take([]) == []


any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = {
    RECORDS: (
        *("source", "key", "mode", "revision", "observedAt", "deleted", "identifiers", "traits"),
    ),
    EVENTS: ("source", "key", "messageId", "name", "occurredAt", "identifiers", "properties"),
    CONSENTS: ("source", "key", "purpose", "status", "at", "channel"),
}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(FIELDS)))
async def test_any_json_gets_a_result_and_is_never_lost(data, topic):
    desk = Desk()
    fields = st.sampled_from(FIELDS[topic])
    value = any_json | st.sampled_from(
        ("crm", "web", "page_viewed", "marketing", "granted", "patch")
    )
    items = data.draw(st.lists(st.dictionaries(fields, value), max_size=4))
    results = await desk.take(items, topic)
    assert [one.index for one in results] == list(range(len(items)))
    refused = [one for one in results if one.status is ItemStatus.REFUSED]
    duplicates = [one for one in results if one.status is ItemStatus.DUPLICATE]
    assert len(await desk.entries(QUARANTINE)) == len(refused)
    assert len(await desk.entries(topic)) == len(items) - len(refused) - len(duplicates)


def identity_told(entry, customer="c1"):
    return NewEntry(
        IDENTITIES, entry.key, f"identities:{entry.id}", "t", "s", entry.key, 0, entry.stamp, b""
    )


async def handle(desk, group, topics):
    """Play a service that has handled all of these topics."""
    ends = await desk.log.ends(topics)
    await desk.log.commit(group, ends)


async def test_waiting_for_identity_ends_when_identity_has_it():
    desk = Desk()
    wait = WaitOptions(Stage.IDENTITY, 5)
    call = asyncio.create_task(desk.take([GOOD], RECORDS, wait))
    await asyncio.sleep(0.02)
    assert not call.done()
    await handle(desk, "identity", [RECORDS])
    (result,) = await call
    assert (result.status, result.stage) == (ItemStatus.APPLIED, Stage.IDENTITY)


async def test_waiting_for_profile_also_waits_for_what_identity_said():
    desk = Desk()
    wait = WaitOptions(Stage.PROFILE, 5)
    call = asyncio.create_task(desk.take([GOOD], RECORDS, wait))
    await asyncio.sleep(0.02)
    (entry,) = await desk.entries(RECORDS)
    await desk.log.append([identity_told(entry)])
    await handle(desk, "identity", [RECORDS])
    await handle(desk, "profile", [RECORDS])
    await asyncio.sleep(0.1)
    assert not call.done()
    await handle(desk, "profile", [RECORDS, IDENTITIES])
    (result,) = await call
    assert (result.status, result.stage) == (ItemStatus.APPLIED, Stage.PROFILE)


async def test_a_time_out_answers_how_far_it_came():
    desk = Desk()
    (result,) = await desk.take([GOOD], RECORDS, WaitOptions(Stage.PROFILE, 0.01))
    assert (result.status, result.stage) == (ItemStatus.ACCEPTED, Stage.LOG)
    assert desk.receipts.calls == []
    await handle(desk, "identity", [RECORDS])
    (entry,) = await desk.entries(RECORDS)
    stages = await Waiter(desk.log).reached(
        [Position(RECORDS, entry.partition, entry.offset)], WaitOptions(Stage.PROFILE, 0.01)
    )
    assert stages == [Stage.IDENTITY]


async def test_after_a_time_out_each_item_has_the_stage_it_reached():
    desk = Desk()
    call = asyncio.create_task(
        desk.take(
            [{**GOOD, "key": f"k{n}"} for n in range(20)], RECORDS, WaitOptions(Stage.IDENTITY, 0.1)
        )
    )
    await asyncio.sleep(0.02)
    entries = await desk.entries(RECORDS)
    handled = entries[0].partition
    done = [one for one in entries if one.partition == handled]
    await desk.log.commit("identity", {Partition(RECORDS, handled): len(done)})
    results = await call
    assert {one.stage for one in results} == {Stage.LOG, Stage.IDENTITY}
    assert sum(one.stage is Stage.IDENTITY for one in results) == len(done)
    for one in results:
        applied = one.stage is Stage.IDENTITY
        assert one.status is (ItemStatus.APPLIED if applied else ItemStatus.ACCEPTED)


@pytest.mark.parametrize("status", [ItemStatus.DUPLICATE, ItemStatus.DEAD_LETTERED])
async def test_identity_says_what_was_a_duplicate_or_put_aside(status):
    stamp = StampClock("0" * 12, lambda: NOW_MS).next()
    desk = Desk(receipts=Told(**{f"records:{stamp}": status}))
    call = asyncio.create_task(desk.take([GOOD], RECORDS, WaitOptions(Stage.IDENTITY, 5)))
    await asyncio.sleep(0.02)
    await handle(desk, "identity", [RECORDS])
    (result,) = await call
    assert (result.status, result.stage) == (status, Stage.IDENTITY)


async def test_what_identity_cannot_be_asked_about_is_accepted():
    desk = Desk(receipts=Silent())
    call = asyncio.create_task(desk.take([GOOD], RECORDS, WaitOptions(Stage.IDENTITY, 5)))
    await asyncio.sleep(0.02)
    await handle(desk, "identity", [RECORDS])
    (result,) = await call
    assert (result.status, result.stage) == (ItemStatus.ACCEPTED, Stage.IDENTITY)


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        (ItemStatus.APPLIED, ItemStatus.ACCEPTED),
        (ItemStatus.DUPLICATE, ItemStatus.DUPLICATE),
        (ItemStatus.DEAD_LETTERED, ItemStatus.DEAD_LETTERED),
    ],
)
async def test_a_time_out_behind_identity_is_accepted_unless_identity_took_it_otherwise(
    stated, status
):
    stamp = StampClock("0" * 12, lambda: NOW_MS).next()
    desk = Desk(receipts=Told(**{f"records:{stamp}": stated}))
    call = asyncio.create_task(desk.take([GOOD], RECORDS, WaitOptions(Stage.PROFILE, 0.2)))
    await asyncio.sleep(0.02)
    (entry,) = await desk.entries(RECORDS)
    await desk.log.append([identity_told(entry)])
    await handle(desk, "identity", [RECORDS])
    (result,) = await call
    assert (result.status, result.stage) == (status, Stage.IDENTITY)


async def test_what_a_grant_replaces_is_in_its_entry():
    class Against:
        async def of(self, grants, context):
            return [("s1",)] * len(grants)

    desk = Desk(replaced=Against())
    item = {"source": "web", "key": "u", "purpose": "marketing", "status": "granted"}
    await desk.take([item, {**item, "status": "denied", "at": NOW_MS - 9}], CONSENTS)
    found = await desk.payloads(CONSENTS)
    assert {one.status: one.supersedes for one in found} == {"granted": ("s1",), "denied": ()}


async def test_a_consent_does_not_wait_for_identity_but_for_profile():
    desk = Desk()
    item = {"source": "web", "key": "u", "purpose": "marketing", "status": "granted"}
    (early,) = await desk.take([item], CONSENTS, WaitOptions(Stage.IDENTITY, 5))
    assert (early.status, early.stage) == (ItemStatus.ACCEPTED, Stage.IDENTITY)
    call = asyncio.create_task(desk.take([item], CONSENTS, WaitOptions(Stage.PROFILE, 5)))
    await asyncio.sleep(0.02)
    await handle(desk, "profile", [CONSENTS])
    (late,) = await call
    assert (late.status, late.stage) == (ItemStatus.APPLIED, Stage.PROFILE)


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        (ItemStatus.DUPLICATE, ItemStatus.DUPLICATE),
        (ItemStatus.OUTDATED, ItemStatus.OUTDATED),
        (None, ItemStatus.ACCEPTED),
    ],
)
async def test_a_consent_is_applied_only_where_profile_says_so(stated, status):
    profile = Decisive(stated)
    desk = Desk(consents=profile)
    items = [
        {"source": "web", "key": "u", "purpose": purpose, "status": "granted"}
        for purpose in ("marketing", "analytics")
    ]
    call = asyncio.create_task(desk.take(items, CONSENTS, WaitOptions(Stage.PROFILE, 5)))
    await asyncio.sleep(0.02)
    await handle(desk, "profile", [CONSENTS])
    assert [(one.status, one.stage) for one in await call] == [(status, Stage.PROFILE)] * 2
    entries = await desk.entries(CONSENTS)
    assert [one.stamp for one in profile.calls] == [entry.stamp for entry in entries]
    assert [one.payload.purpose for one in profile.calls] == ["marketing", "analytics"]


UPSERT = """mutation($records: [RecordInput!]!, $wait: Wait! = NONE, $ms: Int! = 5000) {
  upsertRecords(records: $records, wait: $wait, timeoutMs: $ms) {
    accepted refused results { index status stage code path message retryable } } }"""


async def test_a_connector_writes_through_the_gateway(world):
    answer = await world.ask(
        UPSERT, "connector", sources=["crm"], variables={"records": [GOOD, {"source": "erp"}]}
    )
    response = answer["data"]["upsertRecords"]
    assert (response["accepted"], response["refused"]) == (1, 1)
    assert response["results"][0] == {
        "index": 0,
        "status": "ACCEPTED",
        "stage": "LOG",
        "code": None,
        "path": None,
        "message": None,
        "retryable": None,
    }
    assert response["results"][1]["code"] == "FIELD_MISSING"
    assert response["results"][1]["retryable"] is False
    (audited,) = await world.audited()
    assert (audited.operation_kind, len(audited.subjects)) == ("mutation", 1)
    uses = {use.coordinate: use for use in audited.uses}
    assert (uses["Mutation.upsertRecords"].use, uses["Mutation.upsertRecords"].decision) == (
        "write",
        "allow",
    )


async def test_literals_are_judged_item_by_item_too(world):
    query = """mutation { upsertRecords(records: [
        {source: "crm", key: "a", traits: {name: "Ann"}}, {source: 5}, {}]) {
        results { status code } } }"""
    answer = await world.ask(query, "connector", sources=["*"])
    results = answer["data"]["upsertRecords"]["results"]
    assert [one["code"] for one in results] == [None, "FIELD_TYPE", "FIELD_MISSING"]


@pytest.mark.parametrize("role", ["support_agent", "marketing_analyst", "privacy_officer"])
async def test_who_may_not_write_writes_nothing(world, role):
    answer = await world.ask(UPSERT, role, sources=["*"], variables={"records": [GOOD]})
    assert answer["data"] == {"upsertRecords": None}
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_DENIED"
    assert sum((await world.log.ends([RECORDS])).values()) == 0


async def test_a_connector_reads_nothing(world):
    answer = await world.ask('{ customer(id: "c1") { id } }', "connector", sources=["*"])
    assert answer["data"] == {"customer": None}
    assert world.calls == []


async def test_too_many_items_is_a_coded_error_of_the_field(world):
    records = [{**GOOD, "key": f"k{n}"} for n in range(1001)]
    answer = await world.ask(UPSERT, "connector", sources=["*"], variables={"records": records})
    assert answer["data"] == {"upsertRecords": None}
    assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY_ITEMS"
    assert sum((await world.log.ends([RECORDS])).values()) == 0


async def test_a_time_out_is_an_answer_not_an_error(world):
    variables = {"records": [GOOD], "wait": "PROFILE", "ms": 10}
    answer = await world.ask(UPSERT, "connector", sources=["*"], variables=variables)
    assert "errors" not in answer
    (result,) = answer["data"]["upsertRecords"]["results"]
    assert (result["status"], result["stage"]) == ("ACCEPTED", "LOG")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(item=st.dictionaries(st.sampled_from(FIELDS[RECORDS]), any_json, max_size=5))
async def test_whatever_json_an_item_holds_the_others_go_on(world, item):
    variables = {"records": [GOOD, item]}
    answer = await world.ask(UPSERT, "connector", sources=["*"], variables=variables)
    assert "errors" not in answer
    assert answer["data"]["upsertRecords"]["results"][0]["status"] == "ACCEPTED"


async def test_without_the_log_a_write_is_refused_with_the_logs_own_code(world):
    async def refuse(entries):
        raise Transient("the log cannot take entries now", code="LOG_FULL")

    world.log.append = refuse
    body = {"query": UPSERT, "variables": {"records": [GOOD]}}
    reply = await world.post(body, world.token("connector", sources=["*"]))
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (503, "LOG_FULL")
    assert "data" not in reply.json()


async def test_a_write_that_was_taken_but_not_put_on_record_is_withheld(world):
    append = world.log.append

    async def append_truth_alone(entries):
        if entries[0].topic == AUDIT:
            raise Transient("the log cannot take entries now", code="LOG_UNAVAILABLE")
        return await append(entries)

    world.log.append = append_truth_alone
    body = {"query": UPSERT, "variables": {"records": [GOOD]}}
    reply = await world.post(body, world.token("connector", sources=["*"]))
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (503, "AUDIT_UNAVAILABLE")


NAMED = {"source": "crm", "key": "k"}
TRACKED = {**NAMED, "messageId": "m", "name": "order_completed"}


@pytest.mark.parametrize(
    ("topic", "item", "sources", "denied", "nearest"),
    [
        (RECORDS, {"source": "cmr", "key": "k"}, ["*"], [], "crm"),
        (RECORDS, {"source": "cmr", "key": "k"}, ["crm"], [], "crm"),
        (RECORDS, {"source": "cmr", "key": "k"}, ["web"], [], None),
        (RECORDS, {**NAMED, "traits": {"phnoe": "1"}}, ["crm"], [], "phone"),
        (RECORDS, {**NAMED, "traits": {"phnoe": "1"}}, ["crm"], ["tag:phone"], None),
        (RECORDS, {**NAMED, "traits": {"nmae": "1"}}, ["crm"], ["tag:phone"], "name"),
        (RECORDS, {**NAMED, "identifiers": [{"type": "phnoe", "value": "1"}]}, ["crm"],
         ["tag:phone"], None),
        (RECORDS, {**NAMED, "identifiers": [{"type": "emial", "value": "1"}]}, ["crm"],
         ["tag:phone"], "email"),
        (EVENTS, {**TRACKED, "properties": {"amonut": 1}}, ["crm"], [], "amount"),
        (EVENTS, {**TRACKED, "properties": {"amonut": 1}}, ["crm"],
         ["OrderCompleted.amount"], None),
    ],
)  # fmt: skip
async def test_the_nearest_name_is_told_among_what_may_be_written(
    topic, item, sources, denied, nearest
):
    desk = Desk(sources=sources, denied=denied)
    (result,) = await desk.take([item], topic)
    assert result.refusal.code.startswith("UNKNOWN_")
    hints = re.findall("did you mean '(.*)'", result.refusal.message)
    assert nearest in (hints or [None])
    assert nearest is not None or not {"phone", "crm", "amount"} & set(hints)
