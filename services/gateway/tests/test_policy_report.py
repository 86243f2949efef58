"""`extensions.policy`: what was masked or denied, once per coordinate, in every kind of answer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.tests.streams import EVENTS, JOINED, Reply, Socket, listen
from services.gateway.tests.test_streams import DEFERRED, PARTS

ANALYST = "marketing_analyst"
HEADER = {"c360-denials": "extensions"}
PHONES = "{ customers { edges { node { id profile { phone tier } } } } }"
MASKED_PHONE = {
    "coordinate": "Profile.phone",
    "action": "MASKED",
    "mask": "partial(3,4,4)",
    "tag": "phone",
    "rules": ["support-phone"],
}
DENIED_PHONE = {
    "coordinate": "Profile.phone",
    "action": "DENIED",
    "mask": None,
    "tag": "phone",
    "rules": [],
}


def policy_of(answer):
    return answer["extensions"]["policy"]


def actions(answer):
    return {one["coordinate"]: (one["action"], one["mask"]) for one in policy_of(answer)}


async def ask(world, query, role, **headers):
    reply = await world.post({"query": query}, world.token(role), **headers)
    return reply.json()


async def test_a_mask_is_told_once_however_many_values_it_covers(world):
    answer = await ask(world, PHONES, "support_agent")
    assert policy_of(answer) == [MASKED_PHONE]
    assert "errors" not in answer


async def test_a_denial_is_told_among_the_errors_and_in_the_report(world):
    answer = await ask(world, PHONES, ANALYST)
    assert policy_of(answer) == [DENIED_PHONE]
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["customers", "edges"], "FIELD_DENIED")


async def test_what_nothing_was_done_to_has_no_report(world):
    assert "extensions" not in await ask(world, PHONES, "privacy_officer")
    assert "extensions" not in await ask(world, '{ customer(id: "c1") { id } }', ANALYST)


async def test_only_what_is_asked_for_is_told(world):
    query = """query { customer(id: "c1") { profile {
        tier birthDate phone @skip(if: true) email @include(if: false) } } }"""
    assert actions(await ask(world, query, "support_agent")) == {
        "Profile.birthDate": ("MASKED", "year")
    }


async def test_a_field_made_from_what_may_not_be_used_is_told_by_its_own_name(world):
    answer = await ask(world, '{ customer(id: "c1") { mainPhone label } }', "support_agent")
    assert actions(answer) == {
        "Customer.mainPhone": ("MASKED", "partial(3,4,4)"),
        "Customer.label": ("DENIED", None),
    }
    assert [one["tag"] for one in policy_of(answer)] == ["phone", "phone"]


async def test_a_refused_filter_is_told(world):
    query = '{ customers(filter: {phone: {eq: "1"}}) { total } customer(id: "c1") { id } }'
    answer = await ask(world, query, ANALYST)
    assert actions(answer)["CustomerFilter.phone"] == ("DENIED", None)


DENYING = """
p, agent, *, read, , allow, *, , , r1
p, agent, operation:ad-hoc, ask, , allow, *, , , r2
p, agent, tag:phone, read, null, allow, *, , , nothing-of-phones
p, agent, tag:financial, read, null, allow, *, , , r4
p, agent, tag:name, read, , deny, *, , , no-names
p, base, tag:name, read, , deny, *, , , nor-there
g, agent, base
"""


async def test_rules_are_named_and_a_mask_that_shows_nothing_is_the_mask_null(make_world):
    world = await make_world(policy=DENYING)
    answer = await ask(world, '{ customer(id: "c1") { profile { phone name spend } } }', "agent")
    values = {one["coordinate"]: one for one in policy_of(answer)}
    assert (values["Profile.phone"]["action"], values["Profile.phone"]["mask"]) == (
        "MASKED",
        "null",
    )
    assert values["Profile.phone"]["rules"] == ["nothing-of-phones"]
    assert (values["Profile.spend"]["action"], values["Profile.spend"]["mask"]) == (
        "MASKED",
        "null",
    )
    assert values["Profile.name"]["action"] == "DENIED"
    assert sorted(values["Profile.name"]["rules"]) == ["no-names", "nor-there"]


async def test_what_is_masked_and_denied_is_denied(make_world):
    world = await make_world(
        policy="""
p, agent, Query.*, read, , allow, *, , , r1
p, agent, operation:ad-hoc, ask, , allow, *, , , r2
p, agent, Customer.id, read, , allow, *, , , r3
p, agent, Customer.label, read, redact, allow, *, , , r4
"""
    )
    answer = await ask(world, '{ customer(id: "c1") { id label } }', "agent")
    assert actions(answer) == {"Customer.label": ("DENIED", None)}


async def test_two_role_sets_with_one_table_are_told_their_own_rules(make_world):
    lines = """
p, {0}, *, read, , allow, *, , , {0}-1
p, {0}, tag:phone, read, redact, allow, *, , , {0}-2
p, {0}, operation:ad-hoc, ask, , allow, *, , , {0}-3
"""
    world = await make_world(policy="".join(lines.format(one) for one in ("one", "two")))
    for role in ("one", "two", "one"):
        answer = await ask(world, PHONES, role)
        assert policy_of(answer)[0]["rules"] == [f"{role}-2"]


WRITER = """
p, agent, operation:ad-hoc, ask, , allow, *, , , r1
p, agent, Mutation.*, write, , allow, *, , , r2
p, agent, WriteResult.accepted, read, , allow, *, , , r3
"""


async def test_the_answer_of_a_mutation_tells_too(make_world):
    world = await make_world(policy=WRITER)
    answer = await ask(
        world, "mutation { upsertRecords(records: []) { accepted refused } }", "agent"
    )
    assert answer["data"] == {"upsertRecords": {"accepted": 0, "refused": None}} or answer["data"]
    assert actions(answer) == {"WriteResult.refused": ("DENIED", None)}


# where denials are told


async def test_denials_are_no_errors_for_who_wants_them_in_the_extensions(world):
    answer = await ask(world, PHONES, ANALYST, **HEADER)
    assert "errors" not in answer
    assert policy_of(answer) == [DENIED_PHONE]
    tiers = [edge["node"]["profile"]["tier"] for edge in answer["data"]["customers"]["edges"]]
    assert tiers == ["gold", "gold"]


async def test_other_errors_stay_among_the_errors(world):
    answer = await ask(world, '{ customer(id: "c1") { id mainPhone refused } }', ANALYST, **HEADER)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["PAGE_TOO_LARGE"]
    assert actions(answer) == {"Customer.mainPhone": ("DENIED", None)}


async def test_an_answer_that_is_null_altogether_keeps_its_errors(make_world):
    world = await make_world(policy="p, agent, operation:ad-hoc, ask, , allow, *, , , r1\n")
    answer = await ask(world, "{ customers { total } }", "agent", **HEADER)
    assert answer["data"] is None
    assert {one["extensions"]["code"] for one in answer["errors"]} >= {"FIELD_DENIED"}
    assert policy_of(answer)


@pytest.mark.parametrize("value", ["errors", None])
async def test_errors_are_the_default(world, value):
    headers = {"c360-denials": value} if value else {}
    assert len((await ask(world, PHONES, ANALYST, **headers))["errors"]) == 1


@pytest.mark.parametrize("value", ["", "Extensions", "extension", "both"])
async def test_another_value_is_refused_before_anything_is_asked(world, value):
    reply = await world.post({"query": PHONES}, world.token(ANALYST), **{"c360-denials": value})
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "DENIALS_UNKNOWN"
    assert world.calls == []


async def test_what_is_counted_and_put_on_record_is_the_same_either_way(world):
    for headers in ({}, HEADER):
        await ask(world, PHONES, ANALYST, **headers)
    first, second = await world.audited()
    assert (first.outcome, first.uses) == (second.outcome, second.uses)
    assert first.outcome == "partial"


# parts and events


async def test_the_first_part_tells_all(followed_world):
    world = followed_world
    body = {"query": DEFERRED}
    for headers, errors in (({}, 1), (HEADER, 0)):
        reply = Reply(world, body, PARTS, world.token(ANALYST), **headers)
        await reply.started()
        first = await reply.part()
        assert policy_of(first) == [DENIED_PHONE]
        assert len(first.get("errors", ())) == errors
        assert "extensions" not in await reply.part()


async def test_each_event_tells_what_the_policy_of_its_moment_did(followed_world, change):
    world = followed_world
    reply = listen(world, "support_agent")
    await reply.started()
    await change("c1")
    _, payload = await reply.event()
    assert set(actions(payload)) == {"Profile.phone", "Customer.mainPhone"}
    world.publish("""
p, support_agent, *, read, , allow, *, , , r1
p, support_agent, operation:ad-hoc, ask, , allow, *, , , r2
""")
    await change("c2")
    _, payload = await reply.event()
    assert {one["action"] for one in policy_of(payload)} == {"DENIED"}
    assert len(payload["errors"]) == 3


async def test_events_without_errors_for_who_wants_that(followed_world, change):
    world = followed_world
    body = {"query": JOINED}
    reply = Reply(world, body, EVENTS, world.token(ANALYST), **HEADER)
    await reply.started()
    await change("c1")
    _, payload = await reply.event()
    assert "errors" not in payload
    assert {one["action"] for one in policy_of(payload)} == {"DENIED"}


async def test_a_socket_says_so_when_it_begins(followed_world, change):
    world = followed_world
    token = f"Bearer {world.token(ANALYST)}"
    socket = Socket(world, token=None)
    await socket.say(
        "connection_init", payload={"authorization": token, "C360-Denials": "extensions"}
    )
    assert await socket.hear() == {"type": "connection_ack"}
    await socket.say("subscribe", id="1", payload={"query": PHONES})
    message = await socket.hear()
    assert "errors" not in message["payload"]
    assert policy_of(message["payload"]) == [DENIED_PHONE]


async def test_a_socket_that_asks_for_something_else_is_closed(followed_world):
    token = f"Bearer {followed_world.token(ANALYST)}"
    socket = Socket(followed_world, token=None)
    payload = {"authorization": token, "c360-denials": 5}
    await socket.say("connection_init", payload=payload)
    assert await socket.hear() == 4400


LEAVES = ("name", "phone", "email", "birthDate", "tier", "spend")


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    leaves=st.lists(st.sampled_from(LEAVES), min_size=1, max_size=8),
    role=st.sampled_from([ANALYST, "support_agent", "privacy_officer"]),
)
async def test_the_report_is_exactly_what_the_table_says_of_what_was_asked(world, leaves, role):
    """Once per coordinate, none too many, and each denied one is named by an error too."""
    text = " ".join(f"x{number}: {leaf}" for number, leaf in enumerate(leaves))
    answer = await ask(world, f'{{ customer(id: "c1") {{ profile {{ {text} }} }} }}', role)
    table = world.gateway.pipeline.graph.tables.of((role,), "service").table
    expected = {}
    for leaf in leaves:
        decision = table.read(f"Profile.{leaf}")
        if decision.action != "allow":
            expected[f"Profile.{leaf}"] = (
                "DENIED" if decision.action == "deny" else "MASKED",
                None if decision.action == "deny" else str(decision.mask),
            )
    assert actions(answer) == expected if expected else "extensions" not in answer
    if expected:
        assert len(policy_of(answer)) == len(expected)
    denied = {
        name for error in answer.get("errors", ()) for name in error["extensions"]["coordinates"]
    }
    assert denied == {name for name, (action, _) in expected.items() if action == "DENIED"}
