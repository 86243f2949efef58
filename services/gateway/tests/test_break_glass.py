"""A role that is opened for a while: by whom policy lets, with a reason, flagged, reviewed."""

import time
from dataclasses import replace

import pytest
from c360_gateway.auth.break_glass import Glass, GlassInvalid, GlassSeal
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_policy.store.shipped import policy_text

AGENT, RESCUE = "support_agent", "rescue"
RULES = """
p, support_agent, role:rescue, break_glass, , allow, *, , , may-open
p, rescue, tag:phone, read, , allow, *, , , rescue-phone
"""
OPEN = """mutation($role: String!, $reason: String!, $ticket: String!, $minutes: Int) {
    breakGlass(role: $role, reason: $reason, ticket: $ticket, minutes: $minutes) {
        id role grant until } }"""
REVIEW = """mutation($id: ID!, $note: String!) {
    reviewBreakGlass(id: $id, note: $note) { id justified } }"""
PHONE = '{ customer(id: "c1") { id profile { phone } } }'
WHY = {"role": RESCUE, "reason": "caller is in danger", "ticket": "INC-7", "minutes": 5}


@pytest.fixture
async def glass_world(make_world, tmp_path):
    world = await make_world()
    world.publish(policy_text(world.settings.policy_directory) + RULES)
    return world


async def opened(world, **why):
    answer = await world.ask(OPEN, AGENT, variables={**WHY, **why})
    assert "errors" not in answer, answer
    return answer["data"]["breakGlass"]


async def ask(world, query, grant, role=AGENT, subject="ann"):
    token = world.token(role, subject=subject)
    return await world.post({"query": query}, token, **{"c360-break-glass": grant})


def shown(answer):
    return answer["data"]["customer"]["profile"]["phone"]


def code(answer):
    return answer["errors"][0]["extensions"]["code"]


async def test_an_open_role_counts_for_who_opened_it_and_every_answer_says_so(glass_world):
    before = await glass_world.ask(PHONE, AGENT)
    assert shown(before) == "***8000"
    found = await opened(glass_world)
    answer = (await ask(glass_world, PHONE, found["grant"])).json()
    assert shown(answer) == glass_world.PHONE
    flag = answer["extensions"]["breakGlass"]
    assert flag["id"] == found["id"]
    assert (flag["role"], flag["ticket"], flag["until"]) == (
        RESCUE,
        "INC-7",
        found["until"][:19] + "Z",
    )
    failing = '{ customer(id: "c1") { id profile { email } broken } }'
    answer = (await ask(glass_world, failing, found["grant"])).json()
    assert answer["errors"]
    assert answer["extensions"]["breakGlass"]["id"] == found["id"]
    after = await glass_world.ask(PHONE, AGENT)
    assert shown(after) == "***8000" and "breakGlass" not in after["extensions"]


async def test_who_has_a_role_open_is_told_so_and_who_only_names_it_is_not(glass_world):
    found = await opened(glass_world)
    query = "{ me { roles breakGlass { id role } } }"
    me = (await ask(glass_world, query, found["grant"])).json()["data"]["me"]
    assert me["breakGlass"] == {"id": found["id"], "role": RESCUE}
    assert me["roles"] == [RESCUE, AGENT]
    named = (await glass_world.ask(query, AGENT, RESCUE))["data"]["me"]
    assert named == {"roles": [AGENT], "breakGlass": None}
    answer = await glass_world.ask(PHONE, AGENT, RESCUE)
    assert shown(answer) == "***8000"
    assert (await glass_world.ask(PHONE, RESCUE))["errors"]


async def test_opening_and_all_that_is_done_with_it_is_on_record(glass_world):
    found = await opened(glass_world, reason="call 13912345678 back")
    await ask(glass_world, PHONE, found["grant"])
    acts = await glass_world.acts()
    (opening,) = [one for one in acts if one.kind == "break_glass_opened"]
    assert (opening.principal, opening.target, opening.ticket) == ("ann", RESCUE, "INC-7")
    assert opening.reason == "call *** back"
    assert opening.break_glass == found["id"]
    looked = acts[-1]
    assert (looked.break_glass, looked.ticket) == (found["id"], "INC-7")
    assert looked.reason == "call *** back"
    assert RESCUE in looked.roles
    (use,) = [one for one in looked.uses if one.coordinate == "Profile.phone"]
    assert (use.decision, use.rule) == ("allow", "rescue-phone")
    assert not any(one.break_glass for one in acts if one is not opening and one is not looked)


async def test_a_grant_is_of_use_to_nobody_else_and_not_once_its_rule_is_gone(glass_world):
    grant = (await opened(glass_world))["grant"]
    reply = await ask(glass_world, PHONE, grant, subject="bob")
    assert (reply.status_code, code(reply.json())) == (403, "BREAK_GLASS_INVALID")
    reply = await ask(glass_world, PHONE, grant[:-2] + "AA")
    assert reply.status_code == 403
    policy = policy_text(glass_world.settings.policy_directory)
    lines = [one for one in policy.splitlines() if "may-open" not in one and "# end" not in one]
    lines.append("p, marketing_analyst, role:rescue, break_glass, , allow, *, , , other")
    glass_world.publish("\n".join((*lines, "")))
    answer = (await ask(glass_world, PHONE, grant)).json()
    assert code(answer) == "BREAK_GLASS_INVALID"


NOT_OPENED = [
    ("marketing_analyst", {}, "BREAK_GLASS_DENIED"),
    (AGENT, {"role": "privacy_officer"}, "BREAK_GLASS_DENIED"),
    (AGENT, {"minutes": 0}, "BREAK_GLASS_TOO_LONG"),
    (AGENT, {"minutes": 61}, "BREAK_GLASS_TOO_LONG"),
    (AGENT, {"reason": "  "}, "REASON_INVALID"),
    (AGENT, {"reason": "x" * 501}, "REASON_INVALID"),
    (AGENT, {"ticket": ""}, "TICKET_INVALID"),
    (AGENT, {"ticket": "a b"}, "TICKET_INVALID"),
]


async def test_a_role_is_not_opened_without_right_reason_ticket_and_end(glass_world):
    for role, why, expected in NOT_OPENED:
        answer = await glass_world.ask(OPEN, role, variables={**WHY, **why})
        assert (code(answer), why) == (expected, why)
    assert not [one for one in await glass_world.acts() if one.kind == "break_glass_opened"]


async def test_who_opens_is_reviewed_by_somebody_else(glass_world):
    name = (await opened(glass_world))["id"]
    variables = {"id": name, "note": "spoke with ann"}
    for same in ("ann", "Ann", "os:ann"):
        own = await glass_world.ask(REVIEW, "auditor", variables=variables, subject=same)
        assert code(own) == "BREAK_GLASS_OWN_REVIEW"
    denied = await glass_world.ask(REVIEW, AGENT, variables=variables, subject="bob")
    assert code(denied) == "FIELD_DENIED"
    unknown = await glass_world.ask(
        REVIEW, "auditor", variables={**variables, "id": "x"}, subject="eve"
    )
    assert code(unknown) == "BREAK_GLASS_INVALID"
    answer = await glass_world.ask(REVIEW, "auditor", variables=variables, subject="eve")
    assert answer["data"]["reviewBreakGlass"] == {"id": name, "justified": True}
    (act,) = [one for one in await glass_world.acts() if one.kind == "break_glass_reviewed"]
    assert (act.principal, act.target, act.break_glass) == ("eve", name, name)
    assert (act.details["opened_by"], act.details["role"]) == ("ann", RESCUE)


SEAL = GlassSeal(CursorSealer(SubgraphKeys("a", {"a": b"k" * 32})))


def test_a_grant_holds_until_its_last_second_and_for_its_holder():
    name = SEAL.named("ann", "local", RESCUE)
    glass = Glass(name, RESCUE, 1_000, "why", "T-1")
    grant = SEAL.grant(glass)
    assert SEAL.glass(grant, "ann", "local", 999.9) == glass
    for subject, issuer, now_s in (("ann", "local", 1_000), ("bob", "local", 1), ("ann", "x", 1)):
        with pytest.raises(GlassInvalid):
            SEAL.glass(grant, subject, issuer, now_s)
    with pytest.raises(GlassInvalid):
        SEAL.glass(name, "ann", "local", 1)
    with pytest.raises(GlassInvalid):
        SEAL.opening(grant)


async def test_what_is_over_is_over_in_what_goes_on(glass_world):
    found = await opened(glass_world)
    tables = glass_world.gateway.pipeline.graph.tables
    principal = glass_world.gateway.pipeline._justifications.of(
        _ann(), {"c360-break-glass": found["grant"]}
    )[0]
    assert tables.for_caller(principal).table.read("Profile.phone").action == "allow"
    over = replace(principal, glass=principal.glass._replace(until=int(time.time()) - 1))
    with pytest.raises(GlassInvalid):
        tables.for_caller(over)


def _ann():
    from c360_gateway.auth.issuers import LOCAL_ISSUER
    from c360_gateway.auth.principal import Principal

    return Principal("ann", (AGENT,), "service", frozenset(), int(time.time()) + 60, LOCAL_ISSUER)
