"""A customer as it was: who that was by identity, what it was by profile, in one query."""

from services.gateway.tests.test_with_the_services import (  # noqa: F401 - fixture
    EMAIL,
    instance,
)

AT = """query($at: DateTime!) { identityAt(record: {source: "crm", key: "k1"}, at: $at) {
  at profile { name email loyaltyTier } } }"""
BOTH = """query($at: DateTime!) {
  identityAt(record: {source: "crm", key: "k1"}, at: $at) {
    id at profile { name email } records { source traits(asOf: $at) { name } } }
  customerByRecord(source: "crm", key: "k1") { id profile(asOf: $at) { name } } }"""
DECIDE = "mutation($items: [DecisionInput!]!) { decideIdentity(items: $items) { accepted } }"
SIDES = (("a", "crm", "k1"), ("b", "web", "w1"))
SOON, BEFORE = "2100-01-01T00:00:00Z", "2000-01-01T00:00:00Z"


async def asked(instance, query, role, at=SOON):  # noqa: F811
    return await instance.ask(query, role, {"at": at})


async def test_the_profile_of_a_customer_of_that_time(instance):  # noqa: F811
    answer = await asked(instance, BOTH, "privacy_officer")
    assert "errors" not in answer, answer
    past, today = answer["data"]["identityAt"], answer["data"]["customerByRecord"]
    assert past["profile"] == {"name": "Ann Lee", "email": EMAIL}
    assert (past["id"], past["at"]) == (today["id"], SOON)
    assert {one["source"]: one["traits"]["name"] for one in past["records"]} == {
        "crm": "Ann Lee",
        "web": None,
    }
    before = await asked(instance, BOTH, "privacy_officer", BEFORE)
    assert before["data"]["identityAt"] is None


async def test_it_is_guarded_as_the_profile_of_today(instance):  # noqa: F811
    masked = (await asked(instance, AT, "support_agent"))["data"]["identityAt"]["profile"]
    assert masked["name"] == "Ann Lee"
    assert masked["email"] not in (EMAIL, None)
    hidden = await asked(instance, AT, "marketing_analyst")
    assert EMAIL not in str(hidden)
    assert "Ann" not in str(hidden)
    assert hidden["data"]["identityAt"] is None


async def test_whoever_left_is_none_of_it(instance):  # noqa: F811
    records = {side: {"source": source, "key": key} for side, source, key in SIDES}
    item = {"decision": "NOT_SAME", "reason": "two people", **records}
    await instance.ask(DECIDE, "data_steward", {"items": [item]})
    await instance.settle()
    answer = await asked(instance, BOTH, "privacy_officer")
    assert [one["source"] for one in answer["data"]["identityAt"]["records"]] == ["crm"]
    assert answer["data"]["identityAt"]["profile"]["email"] == EMAIL
