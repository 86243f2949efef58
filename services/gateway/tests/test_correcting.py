"""Stewards correct what sources say: golden until taken back, with the reason on the log."""

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.topics import DECISIONS, RECORDS
from c360_kernel.record import RecordKey

from services.gateway.tests.test_with_the_services import UPSERT, instance  # noqa: F401 - fixture

CORRECT = """mutation($items: [CorrectionInput!]!) { correctTraits(items: $items) {
  accepted results { status stage code path } } }"""
ASKED = """{ customerByRecord(source: "crm", key: "k1") { profile { name email loyaltyTier }
  provenance { trait source rule candidates { source lostBecause } } } }"""
OTHERS = {"crm", "web"}


async def correct(instance, role="data_steward", **item):  # noqa: F811
    given = {"source": "crm", "key": "k1", "reason": "seen; write to ann@example.com", **item}
    answer = await instance.ask(CORRECT, role, {"items": [given]})
    await instance.settle()
    return answer


async def told(instance):  # noqa: F811
    answer = await instance.ask(ASKED, "privacy_officer")
    found = answer["data"]["customerByRecord"]
    return found["profile"], {one["trait"]: one for one in found["provenance"]}


async def entries(instance, topic):  # noqa: F811
    found = []
    for partition, end in (await instance.log.ends([topic])).items():
        found += [decode(topic, one.data) for one in await instance.log.read(partition, 0, end)]
    return found


async def test_a_correction_is_golden_until_it_is_taken_back(instance):  # noqa: F811
    before = await told(instance)
    answer = await correct(instance, traits={"name": "Anna Lee", "email": ""})
    (result,) = answer["data"]["correctTraits"]["results"]
    assert (result["status"], result["code"]) == ("ACCEPTED", None)
    profile, provenance = await told(instance)
    assert profile == {"name": "Anna Lee", "email": None, "loyaltyTier": "gold"}
    named = provenance["name"]
    assert (named["source"], named["rule"]) == ("steward", "CORRECTION")
    assert named["candidates"] == [{"source": "crm", "lostBecause": "CORRECTED"}]
    assert "email" not in provenance
    await correct(instance, traits={"name": None, "email": None})
    assert await told(instance) == before


async def test_the_latest_correction_holds_and_names_who_and_why(instance):  # noqa: F811
    for name in ("Anna", "Anja"):
        await correct(instance, traits={"name": name})
    assert (await told(instance))[0]["name"] == "Anja"
    decided = await entries(instance, DECISIONS)
    correction = RecordKey("steward", "crm/k1")
    assert {(one.kind, one.a, one.b) for one in decided} == {
        ("same", RecordKey("crm", "k1"), correction)
    }
    assert {one.actor for one in decided} == {"ann"}
    # A reason stays on the log: what it quotes of a person does not.
    assert all("seen" in one.reason and "@" not in one.reason for one in decided)
    corrections = [o for o in await entries(instance, RECORDS) if o.record == correction]
    assert [one.identifiers for one in corrections] == [(), ()]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"traits": {"nmae": "Ann"}}, "UNKNOWN_TRAIT"),
        ({"traits": {"loyaltyTier": "lead"}}, "TRAIT_CHOICE"),
        ({"traits": {}}, "FIELD_MISSING"),
        ({"traits": {"name": "A"}, "reason": " "}, "FIELD_MISSING"),
        ({"traits": {"name": "A"}, "source": "steward"}, "UNKNOWN_SOURCE"),
    ],
)
async def test_what_is_wrong_is_refused_and_decides_nothing(instance, item, code):  # noqa: F811
    (result,) = (await correct(instance, **item))["data"]["correctTraits"]["results"]
    assert (result["status"], result["code"]) == ("REFUSED", code)
    assert await entries(instance, DECISIONS) == []


async def test_correcting_takes_a_right_of_its_own(instance):  # noqa: F811
    answer = await correct(instance, "connector", traits={"name": "A"})
    assert answer["data"] == {"correctTraits": None}
    assert await entries(instance, DECISIONS) == []


async def test_no_source_writes_what_stewards_say(instance):  # noqa: F811
    record = {"source": "steward", "key": "crm/k1", "traits": {"name": "A"}}
    answer = await instance.ask(UPSERT, "connector", {"records": [record]}, ["*"])
    assert [one["code"] for one in answer["data"]["upsertRecords"]["results"]] == ["UNKNOWN_SOURCE"]
