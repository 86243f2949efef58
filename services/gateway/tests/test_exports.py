"""What leaves in bulk is asked for as that, by a right of its own, and is on record as that."""

import pytest
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import ROWS_FILE
from c360_policy.store.versions import replace_whole

RULES = """
p, clerk, *, read, , allow, *, , , clerk-read
p, clerk, tag:phone, read, redact, allow, *, , , clerk-phone
p, clerk, tag:email, read, , allow, *, , , clerk-email
p, clerk, *, export, , allow, *, , , clerk-export
p, clerk, tag:phone, export, , allow, *, , , clerk-export-phone
p, reader, *, read, , allow, *, , , reader-read
"""
LIST = "{ customers { edges { node { id mainPhone profile { email tier } } } } }"
REASON = {"c360-export": "true", "c360-reason": "audit%20of%20May"}


@pytest.fixture
async def exporting(make_world):
    return await make_world(policy=RULES)


async def take(world, role="clerk", query=LIST, **headers):
    values = {name.replace("_", "-"): text for name, text in headers.items()} or REASON
    return await world.post({"query": query}, world.token(role), **values)


def codes(reply):
    return {one["extensions"]["code"] for one in reply.json().get("errors", ())}


async def test_what_may_be_read_and_not_exported_stays_and_masks_hold(exporting):
    plain = (await exporting.ask(LIST, "clerk"))["data"]["customers"]["edges"][0]["node"]
    assert plain["profile"]["email"] == exporting.EMAIL
    reply = await take(exporting)
    node = reply.json()["data"]["customers"]["edges"][0]["node"]
    assert (node["profile"], node["mainPhone"]) == ({"email": None, "tier": "gold"}, "***")
    assert codes(reply) == {"FIELD_DENIED"}
    assert exporting.EMAIL not in reply.text and exporting.PHONE not in reply.text


async def test_without_the_right_nothing_leaves(exporting):
    reply = await take(exporting, "reader")
    assert not reply.json()["data"]
    assert codes(reply) == {"FIELD_DENIED"}
    assert "errors" not in await exporting.ask("{ customers { edges { node { id } } } }", "reader")


async def test_each_coordinate_is_on_record_as_exported(exporting):
    await take(exporting)
    (entry,) = await exporting.audited()
    uses = {one.coordinate: (one.use, one.decision) for one in entry.uses}
    assert uses["Profile.tier"] == ("export", "allow")
    assert uses["Profile.email"] == ("export", "deny")
    assert uses["Customer.mainPhone"] == ("export", "mask:redact")
    assert entry.reason == "audit of May"


@pytest.mark.parametrize(
    "headers",
    [{"c360-export": "true"}, {"c360-export": "yes", "c360-reason": "x"}, {"c360-export": ""}],
)
async def test_an_export_says_so_and_why(exporting, headers):
    reply = await take(exporting, **headers)
    assert (reply.status_code, codes(reply)) == (400, {"EXPORT_INVALID"})


async def test_nothing_but_a_query_is_an_export(exporting):
    reply = await take(exporting, "connector", "mutation { __typename }")
    assert codes(reply) == {"EXPORT_INVALID"}
    deferred = "{ customers { edges { node { id ... @defer { profile { tier } } } } } }"
    assert codes(await take(exporting, query=deferred)) == {"EXPORT_INVALID"}


async def test_an_answer_about_more_than_may_be_read_in_bulk_has_to_be_an_export(exporting):
    directory = exporting.settings.policy_directory
    replace_whole(directory / ROWS_FILE, sealed("bulk: {clerk: 1}\n"))
    exporting.gateway.pipeline.graph.tables._store.refresh()
    refused = await exporting.ask(LIST, "clerk")
    assert refused["errors"][0]["extensions"]["code"] == "EXPORT_REQUIRED"
    assert "data" not in refused
    one = await exporting.ask('{ customer(id: "c1") { id } }', "clerk")
    assert one["data"]["customer"]
    assert len((await take(exporting)).json()["data"]["customers"]["edges"]) == 2
    refusals = [one for one in await exporting.acts() if one.code == "EXPORT_REQUIRED"]
    assert [one.outcome for one in refusals] == ["refused"]
    # What was withheld is on record as refused, and as nothing else.
    assert len(await exporting.audited()) == 2
