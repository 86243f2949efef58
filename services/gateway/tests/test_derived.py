"""What is derived from denied data tells nothing of it: segments, their events, provenance."""

import asyncio

import pytest
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import POLICY_FILE
from c360_policy.store.versions import replace_whole

from services.gateway.tests.test_with_the_services import (  # noqa: F401 - fixtures
    EMAIL,
    NATIONAL_ID,
    UPSERT,
    instance,
    upsert,
    watch,
)

OPEN = ["repeat_buyers", "gold_members", "browsing_no_order", "basket_left_behind"]
SEEN_BY = {
    "marketing_analyst": OPEN,
    "support_agent": ["repeat_buyers", "high_value", *OPEN[1:]],
    "privacy_officer": [
        *OPEN[:1],
        "high_value",
        "gold_members",
        "reachable_by_email",
        *OPEN[2:],
    ],
}
EVERY_WAY = """{
  segments { name title description size members(first: 1) { edges { cursor } } }
  catalog { segments { name titles { title } } }
  customers { edges { node { segments { name } } } }
  %s
}"""
ONE = 'x%d: segment(name: "%s") { name title size members { edges { node { id } } } }'


def publish(instance, *lines):  # noqa: F811
    file = instance.settings.policy_directory / POLICY_FILE
    kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("# end")]
    replace_whole(file, sealed("\n".join([*kept, *lines, ""])))
    instance.gateway.pipeline.graph.tables._store.refresh()


@pytest.mark.parametrize("role", SEEN_BY)
async def test_a_segment_is_for_who_may_read_what_its_condition_reads(instance, role):  # noqa: F811
    names = [*SEEN_BY["privacy_officer"], "no_such_segment"]
    singles = " ".join(ONE % pair for pair in enumerate(names))
    answer = await instance.ask(EVERY_WAY % singles, role)
    assert "errors" not in answer
    assert [one["name"] for one in answer["data"]["segments"]] == SEEN_BY[role]
    assert {one["name"] for one in answer["data"]["catalog"]["segments"]} == set(SEEN_BY[role])
    values = {n: answer["data"][f"x{n}"] for n in range(len(names))}
    assert [names[n] for n, one in values.items() if one is not None] == SEEN_BY[role]
    for edge in answer["data"]["customers"]["edges"]:
        assert {one["name"] for one in edge["node"]["segments"]} <= set(SEEN_BY[role])
    for name in set(names) - set(SEEN_BY[role]):
        assert name not in str(answer)


@pytest.mark.parametrize(
    ("denied", "hidden"),
    [
        ("Profile.loyaltyTier", {"gold_members"}),
        ("OrderCompleted.amount", {"high_value"}),
        ("Profile.newsletter", {"reachable_by_email"}),
        ("ProductAdded.*", {"basket_left_behind"}),
        ("Customer.timeline", {*OPEN, "high_value"} - {"gold_members"}),
        ("tag:email", {"reachable_by_email"}),
        ("Profile.city", set()),
    ],
)
async def test_a_deny_by_any_name_hides_what_is_derived(instance, denied, hidden):  # noqa: F811
    publish(instance, f"p, privacy_officer, {denied}, read, , deny, *, , , test-derived")
    answer = await instance.ask("{ segments { name } }", "privacy_officer")
    shown = {one["name"] for one in answer["data"]["segments"]}
    assert shown == set(SEEN_BY["privacy_officer"]) - hidden


PROVENANCE = """{ customerByRecord(source: "crm", key: "k1") {
  provenance { trait source observedAt } } }"""
BY_ID = """query($id: ID!) { customer(id: $id) { provenance { trait } profile { loyaltyTier } } }"""


async def traits_of(instance, role):  # noqa: F811
    lookup = '{ customerByRecord(source: "crm", key: "k1") { id } }'
    id_ = (await instance.ask(lookup, "privacy_officer"))["data"]["customerByRecord"]["id"]
    answer = await instance.ask(BY_ID, role, {"id": id_})
    return {one["trait"] for one in answer["data"]["customer"]["provenance"]}


async def test_an_entry_of_provenance_goes_with_its_trait(instance):  # noqa: F811
    all_of_it = {"name", "phone", "email", "nationalId", "loyaltyTier"}
    assert await traits_of(instance, "privacy_officer") == all_of_it
    assert await traits_of(instance, "marketing_analyst") == {"loyaltyTier"}
    # Masked ones may be there.
    assert await traits_of(instance, "support_agent") >= {"name", "phone", "email"}
    publish(
        instance,
        "p, privacy_officer, Profile.phone, read, , deny, *, , , test-phone",
        "p, privacy_officer, Profile.loyaltyTier, read, , deny, *, , , test-tier",
    )
    assert await traits_of(instance, "privacy_officer") == {"name", "email", "nationalId"}
    # Of a value that is masked to nothing its entry would tell that it is there, and since when.
    publish(
        instance,
        "p, marketing_analyst, tag:email, read, null, allow, *, , , test-null",
        "p, marketing_analyst, tag:name, read, redact, allow, *, , , test-redacted",
    )
    assert await traits_of(instance, "marketing_analyst") == {"name", "loyaltyTier"}


LOST = """{ customerByRecord(source: "crm", key: "k1") { provenance { trait
  candidates { source key lostBecause traits { name email } } } } }"""


async def test_what_lost_is_guarded_as_its_trait(instance):  # noqa: F811
    traits = {"name": "Anne", "nationalId": NATIONAL_ID}
    records = [{"source": "erp", "key": "k1", "revision": 1, "traits": traits}]
    await instance.ask(UPSERT, "connector", {"records": records}, ["*"])
    await instance.settle()
    for role in ("privacy_officer", "support_agent"):
        answer = await instance.ask(LOST, role)
        told = {one["trait"]: one for one in answer["data"]["customerByRecord"]["provenance"]}
        found = {"key": "k1", "source": "erp", "lostBecause": "LESS_TRUSTED"}
        (named,) = told["name"]["candidates"]
        assert named == found | {"traits": {"name": "Anne", "email": None}}
        (mailed,) = told["email"]["candidates"]
        assert mailed["source"] == "web"
        assert (mailed["traits"]["email"] == EMAIL) == (role == "privacy_officer")
    assert "Anne" not in str(await instance.ask(LOST, "marketing_analyst"))


def watching(name):
    return f'subscription {{ segmentChanged(name: "{name}") {{ entered customer {{ id }} }} }}'


async def test_events_of_a_segment_are_for_who_may_read_its_condition(instance, watch):  # noqa: F811
    hidden = await watch(watching("reachable_by_email"), "marketing_analyst", {})
    absent = await watch(watching("no_such_segment"), "marketing_analyst", {})
    found = await watch(watching("reachable_by_email"), "privacy_officer", {})
    await upsert(instance, "crm", "k9", 1, email="someone@example.com")
    await found.until(lambda answer: answer["data"]["segmentChanged"]["entered"])
    await asyncio.sleep(0.1)
    assert hidden.received == absent.received == []
