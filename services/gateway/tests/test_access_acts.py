"""Tokens of masks turned back, and tokens of callers taken back: guarded, on record, coded."""

import asyncio

import pytest
from c360_gateway.query.bodies import BodyLimits
from c360_policy.control_tags import BREAK_GLASS
from c360_policy.reading.parsing import parse_policy
from c360_policy.store.shipped import policy_text
from c360_policy.table import compile_table

RULES = """
p, analyst, *, read, , allow, *, , , untagged
p, analyst, operation:ad-hoc, ask, , allow, *, , , ad-hoc
p, analyst, tag:phone, read, token, allow, *, , , tokens
p, helper, tag:detokenize, write, , allow, *, , , helper-write
p, helper, tag:detokenize, read, , allow, *, , , helper-read
p, helper, operation:ad-hoc, ask, , allow, *, , , helper-ad-hoc
"""
BACK = """mutation($tokens: [String!]!, $reason: String!) {
    detokenize(tokens: $tokens, reason: $reason) { token value code } }"""
REVOKE = """mutation($subject: String, $role: String, $tokenId: String, $before: DateTime) {
    revokeToken(subject: $subject, role: $role, tokenId: $tokenId, issuedBefore: $before,
        reason: "left the company") { subject role tokenId issuedBefore } }"""
PHONE = '{ customer(id: "c1") { id mainPhone profile { phone } } }'


@pytest.fixture
async def token_world(make_world):
    world = await make_world()
    world.publish(policy_text(world.settings.policy_directory) + RULES)
    return world


def code(answer):
    return answer["errors"][0]["extensions"]["code"]


async def token_of(world):
    answer = await world.ask(PHONE, "analyst")
    customer = answer["data"]["customer"]
    assert customer["mainPhone"] == customer["profile"]["phone"]
    return customer["mainPhone"]


async def back(world, role, *tokens, reason="case 7"):
    answer = await world.ask(BACK, role, variables={"tokens": tokens, "reason": reason})
    assert "errors" not in answer, answer
    return [(one["value"], one["code"]) for one in answer["data"]["detokenize"]]


async def test_a_token_is_turned_back_for_who_reads_the_value(token_world):
    token = await token_of(token_world)
    assert token.startswith("tok_") and token_world.PHONE not in token
    found = await back(
        token_world, "privacy_officer", token, "tok_x", token[:-2] + "zz", "13912345678"
    )
    assert found[0] == (f"+86{token_world.PHONE}", None)
    assert found[1:] == [(None, "MASK_TOKEN_UNKNOWN")] * 3


async def test_it_is_not_for_who_may_turn_back_but_not_read(token_world):
    token = await token_of(token_world)
    assert await back(token_world, "helper", token) == [(None, "MASK_TOKEN_DENIED")]


async def test_nobody_else_may_ask_for_it(token_world):
    variables = {"tokens": [await token_of(token_world)], "reason": "x"}
    for role in ("analyst", "support_agent", "auditor", "connector"):
        answer = await token_world.ask(BACK, role, variables=variables)
        assert code(answer) == "FIELD_DENIED"
    assert not [one for one in await token_world.acts() if one.kind == "detokenize"]


async def test_each_token_is_on_record_with_its_reason_and_never_its_value(token_world):
    token = await token_of(token_world)
    await back(token_world, "privacy_officer", token, "13912345678", reason="ask 13912345678")
    acts = [one for one in await token_world.acts() if one.kind == "detokenize"]
    assert [(one.outcome, one.code) for one in acts] == [
        ("done", ""),
        ("refused", "MASK_TOKEN_UNKNOWN"),
    ]
    assert {one.reason for one in acts} == {"ask ***"}
    assert acts[0].details == {"scope": "phone"} and acts[0].target and not acts[1].target
    assert token_world.PHONE not in repr(acts) and "13912345678" not in repr(acts)


async def test_a_call_turns_a_hundred_back_and_needs_a_reason(token_world):
    for requests, expected in (
        ({"tokens": ["x"] * 101, "reason": "x"}, "TOO_MANY_ITEMS"),
        ({"tokens": ["x"], "reason": " "}, "REASON_INVALID"),
    ):
        answer = await token_world.ask(BACK, "privacy_officer", variables=requests)
        assert code(answer) == expected


async def test_revoked_tokens_are_refused_from_then_on_and_that_is_on_record(world):
    answer = await world.ask(REVOKE, "policy_approver", variables={"subject": "bob"}, subject="eve")
    assert answer["data"]["revokeToken"]["subject"] == "bob"
    await _renewed(world)
    bob = await world.post({"query": "{ me { principal } }"}, world.token("auditor", subject="bob"))
    ann = await world.post({"query": "{ me { principal } }"}, world.token("auditor"))
    assert (bob.status_code, ann.status_code) == (401, 200)
    (act,) = [one for one in await world.acts() if one.kind == "token_revoked"]
    assert (act.principal, act.target, act.reason) == ("eve", "bob", "left the company")


async def _renewed(world):
    async with world.gateway.app.router.lifespan_context(world.gateway.app):
        await asyncio.sleep(0)


async def test_others_revoke_nothing_and_nothing_is_no_revocation(world):
    for role in ("auditor", "privacy_officer", "policy_author", "connector"):
        answer = await world.ask(REVOKE, role, variables={"subject": "bob"})
        assert code(answer) == "FIELD_DENIED"
    variables = {"before": "2026-01-01T00:00:00Z"}
    answer = await world.ask(REVOKE, "policy_approver", variables=variables)
    assert code(answer) == "REVOCATION_EMPTY"
    mistyped = {"role": "markting_analyst"}
    answer = await world.ask(REVOKE, "policy_approver", variables=mistyped)
    assert code(answer) == "ROLE_UNKNOWN"
    assert not world.settings.revoked_file.exists()


def test_who_may_only_act_on_access_sends_no_larger_bodies():
    known = {
        "Mutation.breakGlass": frozenset({BREAK_GLASS}),
        "Mutation.upsertRecords": frozenset(),
    }
    rules = "p, a, tag:break_glass, write, , allow, *, , , r\n"
    rules += "p, b, Mutation.*, write, , allow, *, , , s\n"
    limits = BodyLimits(reads=1, writes=2)
    for role, largest in (("a", 1), ("b", 2)):
        table = compile_table(parse_policy(rules), [role], "", known, 0)
        assert limits.of(table) == largest
