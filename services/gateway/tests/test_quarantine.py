"""Refused items are kept cut, within a quota, and not at all of who may not write their source."""

import json

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.items import Refusal
from c360_gateway.collect.kinds import record_kind
from c360_gateway.collect.quarantine import MAX_KEPT_BYTES, Quarantine
from c360_gateway.context import OperationContext
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.log.topics import QUARANTINE
from c360_kernel.stamp import StampClock
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = default_catalog()
KIND = record_kind(CATALOG)
STAMP = StampClock("0" * 12, lambda: 1_700_000_000_000).next()
REFUSAL = Refusal("FIELD_TYPE", "key", "no text")
CANARY = "canary@example.com"


def context(*sources, subject="ann"):
    caller = CallerContext(subject, ("connector",))
    principal = Principal(subject, ("connector",), "", frozenset(sources), 0, "issuer")
    return OperationContext(caller, principal)


def kept(item, *sources, quarantine=None):
    quarantine = quarantine or Quarantine(CATALOG, 1_000_000)
    entry = quarantine.entry(KIND, item, REFUSAL, context(*sources), STAMP)
    return entry and decode(QUARANTINE, entry.data), entry


TOKENS = [(), ("nothing-at-all",), ("web",), ("web", "store")]
OWN = [{"source": "crm"}, {"source": "nowhere"}, {"source": 5}, {}, {"source": None}]


@pytest.mark.parametrize("sources", TOKENS)
@pytest.mark.parametrize("named", OWN)
def test_nothing_is_kept_of_who_may_not_write_it(sources, named):
    item = {**named, "key": CANARY, "traits": {"email": CANARY}}
    found, entry = kept(item, *sources)
    if named == OWN[0] or not set(sources) & set(CATALOG.sources):
        assert CANARY.encode() not in entry.data and CANARY not in entry.key
        assert (found.item, found.cut, found.principal, found.code) == (
            "",
            True,
            "ann",
            "FIELD_TYPE",
        )
    else:
        assert json.loads(found.item) == item


@pytest.mark.parametrize("sources", [("*",), ("crm",)])
def test_who_may_write_it_finds_it_whole(sources):
    item = {"source": "crm", "key": 5, "traits": {"email": CANARY}}
    found, _ = kept(item, *sources)
    assert (json.loads(found.item), found.cut) == (item, False)


@given(st.integers(MAX_KEPT_BYTES // 4, MAX_KEPT_BYTES * 2), st.sampled_from("xéé中😀"))
@settings(max_examples=20, deadline=None)
def test_what_is_kept_of_an_item_is_bounded_and_says_whether_it_is_all(length, letter):
    item = {"source": "crm", "key": letter * length}
    found, entry = kept(item, "crm")
    assert len(entry.data) < MAX_KEPT_BYTES + 1_000
    whole = json.dumps(item, ensure_ascii=False)
    assert found.item == (whole[: len(found.item)] if found.cut else whole)
    assert found.cut == (len(whole.encode()) > MAX_KEPT_BYTES)


def test_the_quota_of_one_principal_ends_and_others_have_theirs():
    quarantine = Quarantine(CATALOG, 100_000)
    item = {"source": "crm", "key": "x" * 10_000}

    def entries(subject, times):
        made = [
            quarantine.entry(KIND, item, REFUSAL, context("crm", subject=subject), STAMP)
            for _ in range(times)
        ]
        return [entry for entry in made if entry is not None]

    assert sum(len(entry.data) for entry in entries("ann", 1_000)) < 120_000
    assert entries("ann", 5) == []
    assert len(entries("ben", 5)) == 5
    for number in range(30):
        entries(f"many {number}", 20)
    assert entries("zoe", 5) == []


async def test_the_answer_says_how_many_are_not_kept(make_world):
    world = await make_world(quarantine_bytes_per_hour=1_000)
    query = "mutation($r: [RecordInput!]!) { upsertRecords(records: $r) { refused notKept } }"
    records = [{"source": "crm", "key": 5, "traits": {"note": "x" * 400}}] * 5
    answer = await world.ask(
        query, "connector", variables={"records": [], "r": records}, sources=["crm"]
    )
    assert answer["data"]["upsertRecords"] == {"refused": 5, "notKept": 3}
    ends = await world.log.ends([QUARANTINE])
    assert sum(ends.values()) == 2
