"""How many different customers somebody may ask for, one by one, found or not."""

import json

import pytest
from c360_policy.reading.seal import sealed
from c360_policy.store.shipped import ROWS_FILE
from c360_policy.store.versions import replace_whole

AGENT = "support_agent"
BOUND = "enumeration: {support_agent: {customersPerHour: 3, customersPerDay: 5}}\n"
BY_ID = "query($id: ID!) { customer(id: $id) { id } }"
BY_PHONE = '{ customerByIdentifier(type: PHONE, value: "%s") { id } }'


def codes(answer):
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


def say(world, rows):
    replace_whole(world.settings.policy_directory / ROWS_FILE, sealed(rows))
    world.gateway.pipeline.graph.tables._store.refresh()


@pytest.fixture
async def bounded(make_world, tmp_path):
    world = await make_world()
    say(world, BOUND)
    return world


async def ask_for(world, id_, role=AGENT, **token):
    return codes(await world.ask(BY_ID, role, variables={"id": id_}, **token))


async def test_the_same_question_counts_once_and_one_too_many_is_told_when_to_ask(bounded):
    for id_ in ("c1", "nobody", "c1", "c1", "c2", "nobody"):
        assert await ask_for(bounded, id_) == set()
    reply = await bounded.post({"query": BY_PHONE % "13800138000"}, bounded.token(AGENT))
    assert (reply.status_code, codes(reply.json())) == (429, {"ENUMERATION_LIMITED"})
    assert 3_590 <= int(reply.headers["retry-after"]) <= 3_600
    assert await ask_for(bounded, "c1") == set()
    assert await ask_for(bounded, "c3", subject="bob") == set()
    assert await ask_for(bounded, "c3", role="privacy_officer") == set()


async def test_aliases_variables_and_literals_count_alike(bounded):
    text = 'query($a: ID!) { x: customer(id: $a) { id } y: customer(id: "c1") { id } z: %s }'
    many = text % 'customer(id: "c2") { id }'
    assert codes(await bounded.ask(many, AGENT, variables={"a": "c1"})) == set()
    assert await ask_for(bounded, "c3") == set()
    assert await ask_for(bounded, "c4") == {"ENUMERATION_LIMITED"}
    four = " ".join(f'a{n}: customer(id: "n{n}") {{ id }}' for n in range(4))
    fresh = await bounded.ask(f"{{ {four} }}", AGENT, subject="bob")
    assert codes(fresh) == {"ENUMERATION_LIMITED"}
    assert await ask_for(bounded, "c9", subject="bob") == set()


async def test_nothing_is_asked_of_a_service_and_the_refusal_is_on_record(bounded):
    for id_ in ("c1", "c2", "c3"):
        await ask_for(bounded, id_)
    before = len(bounded.calls)
    assert await ask_for(bounded, "c4") == {"ENUMERATION_LIMITED"}
    assert len(bounded.calls) == before
    (refusal,) = [one for one in await bounded.acts() if one.code == "ENUMERATION_LIMITED"]
    assert (refusal.outcome, refusal.principal) == ("refused", "ann")


async def test_what_policy_cuts_is_not_asked_and_not_counted(bounded):
    say(bounded, BOUND.replace("support_agent", "marketing_analyst"))
    for number in range(5):
        cut = await bounded.ask(BY_PHONE % f"1380013800{number}", "marketing_analyst")
        assert codes(cut) == {"ARGUMENT_DENIED"}
    for id_ in ("c1", "c2", "c3"):
        assert await ask_for(bounded, id_, role="marketing_analyst") == set()
    assert await ask_for(bounded, "c4", role="marketing_analyst") == {"ENUMERATION_LIMITED"}


APART = "apart: [{roles: [support_agent, connector], token: %s}]\n"


async def test_a_token_with_roles_that_are_kept_apart_is_refused_or_warned_of(bounded):
    say(bounded, APART % "refused")
    both = bounded.token(AGENT, "connector")
    for query in ("{ me { roles } }", BY_PHONE % "13800138000", "mutation { __typename }"):
        reply = await bounded.post({"query": query}, both)
        assert (reply.status_code, codes(reply.json())) == (403, {"ROLES_APART"})
        assert "data" not in reply.json()
    assert bounded.calls == []
    refusals = [one for one in await bounded.acts() if one.code == "ROLES_APART"]
    assert refusals and {one.outcome for one in refusals} == {"refused"}
    assert await ask_for(bounded, "c1") == set()
    say(bounded, APART % "warned")
    answer = (await bounded.post({"query": "{ me { roles } }"}, both)).json()
    assert answer["extensions"]["rolesApart"] == [["connector", AGENT]]
    alone = await bounded.ask("{ me { roles } }", AGENT)
    assert "rolesApart" not in json.dumps(alone)
