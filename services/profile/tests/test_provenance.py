"""What is told of where golden traits come from: what lost too, and never more than the trait."""

from dataclasses import replace
from itertools import product

import pytest
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_profile.domain.losing import Loss
from c360_profile.emission import change, uncaused
from c360_profile.graph import profile_subgraphs
from c360_profile.graph.types import LossReason, SurvivorshipRule
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, upserted

ALL = everything(CATALOG)
WINNING = RecordKey("crm", "a")
ENTRIES = [
    upserted(WINNING, {"name": "Ann", "phone": "139 1234 5678", "gender": "f"}, at=1000),
    upserted(
        RecordKey("web", "b"),
        {"name": "Annie", "phone": "none", "gender": "m", "interests": ("tea",)},
        at=900,
    ),
    upserted(RecordKey("rumour", "c"), {"name": "Bob", "phone": ""}, at=2000),
    upserted(RecordKey("shop", "d"), {"gender": "f", "interests": ("art",)}, at=1500),
    *(assigned(RecordKey(*key), "c1", at=3000) for key in
      (("crm", "a"), ("web", "b"), ("rumour", "c"), ("shop", "d"))),
]  # fmt: skip
ASKED = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  provenance { trait source key rule candidates {
    source key observedAt lostBecause traits { name phone gender interests } } } } } }"""
KNOWN = {"r": [{"__typename": "Customer", "id": "c1"}]}


@pytest.fixture
async def store(tmp_path):
    store = SqliteProfileStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, ENTRIES)
    yield store
    await store.close()


async def told(store, visibility):
    caller = CallerContext("tester", ("admin",), visibility=visibility)
    answer = await profile_subgraphs(RULES, SEALER)(store).execute(ASKED, KNOWN, None, caller)
    assert "errors" not in answer, answer
    return {one["trait"]: one for one in answer["data"]["_entities"][0]["provenance"]}


async def test_what_lost_is_told_with_what_it_says_and_why(store):
    found = await told(store, ALL)
    assert found["name"]["source"] == "crm"
    assert found["name"]["candidates"] == [
        lost("rumour", "c", "00:00:02Z", "UNTRUSTED", name="Bob"),
        lost("web", "b", "00:00:00.900Z", "LESS_TRUSTED", name="Annie"),
    ]
    assert found["gender"]["candidates"] == [
        lost("crm", "a", "00:00:01Z", "OLDER", gender="f"),
        lost("web", "b", "00:00:00.900Z", "LESS_FREQUENT", gender="m"),
    ]
    assert found["interests"]["candidates"] == []


def lost(source, key, at, because, **value):
    traits = {name: value.get(name) for name in ("name", "phone", "gender", "interests")}
    return {
        "source": source,
        "key": key,
        "observedAt": f"1970-01-01T{at}",
        "lostBecause": because,
        "traits": traits,
    }


async def test_who_sees_a_trait_masked_is_told_no_reason_that_compares_values(store):
    found = await told(store, replace(ALL, used=frozenset()))
    reasons = {name: [c["lostBecause"] for c in one["candidates"]] for name, one in found.items()}
    assert reasons == {
        "name": ["UNTRUSTED", "LESS_TRUSTED"],
        "gender": [None, None],
        "phone": ["UNTRUSTED", "OLDER"],
        "interests": [],
    }


async def test_an_entry_is_there_for_who_sees_its_trait_alone(store):
    names = ["name", "phone", "gender", "interests"]
    for chosen in product([False, True], repeat=4):
        seen = {name for name, is_seen in zip(names, chosen, strict=True) if is_seen}
        found = await told(store, Visibility(frozenset(f"Profile.{name}" for name in seen)))
        assert found.keys() == seen
        said = {
            name
            for one in found.values()
            for candidate in one["candidates"]
            for name, value in candidate["traits"].items()
            if value is not None
        }
        assert said <= seen


async def test_a_trait_that_is_left_out_of_a_profile_has_no_entry(store):
    async with store.unit() as unit:
        held = (await unit.customers(["c1"]))["c1"]
        cut = replace(held, counter=held.counter + 1, left_out=("name",))
        await unit.save_customers([change(cut, unit.epoch, uncaused())])
    assert (await told(store, ALL)).keys() == {"phone", "gender", "interests"}


def test_every_reason_and_rule_has_its_word():
    assert {one.value for one in LossReason} == set(Loss.__args__)
    rules = {trait.survivorship for trait in CATALOG.traits.values()}
    assert {one.value for one in SurvivorshipRule} == {*rules, "correction"}
