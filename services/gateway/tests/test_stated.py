"""What a caller says of why it asks: checked, without personal data, with it to the services."""

from urllib.parse import quote

import pytest
from c360_gateway.auth.break_glass import GlassSeal
from c360_gateway.auth.claims import MappedClaims
from c360_gateway.auth.errors import TokenRefused
from c360_gateway.auth.principal import Principal
from c360_gateway.query.stated import StatedBy, given_in, read_reason, stated_headers
from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from hypothesis import given
from hypothesis import strategies as st

CUSTOMER = '{ customer(id: "c1") { id profile { tier } } }'
ALL = {
    "c360-purpose": "service",
    "c360-reason": quote("客户来电 13912345678"),
    "c360-ticket": "T-1",
}


async def sent(world, purpose="service", extensions=None, **headers):
    body = {"query": CUSTOMER, **({"extensions": extensions} if extensions else {})}
    return await world.post(body, world.token("support_agent", purpose=purpose), **headers)


async def test_purpose_reason_and_ticket_are_on_record_and_with_the_services(world):
    reply = await sent(world, **ALL)
    assert "errors" not in reply.json()
    act = (await world.audited())[-1]
    assert (act.purpose, act.reason, act.ticket) == ("service", "客户来电 ***", "T-1")
    caller = world.subgraphs["profiles"].callers[-1]
    assert (caller.purpose, caller.reason, caller.ticket) == ("service", "客户来电 ***", "T-1")


async def test_extensions_say_it_too_and_come_first(world):
    extensions = {"c360-reason": "audit 2026", "c360-ticket": "T-2"}
    assert "errors" not in (await sent(world, extensions=extensions, **ALL)).json()
    act = (await world.audited())[-1]
    assert (act.reason, act.ticket) == ("audit 2026", "T-2")


async def test_who_says_nothing_is_for_the_purpose_of_the_token(world):
    await sent(world)
    act = (await world.audited())[-1]
    assert (act.purpose, act.reason, act.ticket) == ("service", "", "")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"c360-purpose": "marketing"}, 403, "PURPOSE_DENIED"),
        ({"c360-purpose": ""}, 403, "PURPOSE_DENIED"),
        ({"c360-purpose": "service analytics"}, 403, "PURPOSE_DENIED"),
        ({"c360-reason": ""}, 400, "REASON_INVALID"),
        ({"c360-reason": "x" * 501}, 400, "REASON_INVALID"),
        ({"c360-reason": "a%0Ab"}, 400, "REASON_INVALID"),
        ({"c360-ticket": "T 1"}, 400, "TICKET_INVALID"),
        ({"c360-ticket": "x" * 65}, 400, "TICKET_INVALID"),
        ({"c360-break-glass": "x"}, 403, "BREAK_GLASS_INVALID"),
    ],
)
async def test_what_is_not_understood_or_not_allowed_is_refused_before_anything(
    world, headers, status, code
):
    reply = await sent(world, "service analytics", **headers)
    assert reply.status_code == status
    assert reply.json()["errors"][0]["extensions"]["code"] == code
    assert world.asked == []
    assert (await world.acts())[-1].code == code


@pytest.mark.parametrize("wrong", [1, ["a"], {"a": 1}])
@pytest.mark.parametrize("name", ["c360-purpose", "c360-reason", "c360-ticket"])
async def test_extensions_of_another_type_are_refused(world, name, wrong):
    reply = await sent(world, extensions={name: wrong, "x": 1})
    assert reply.status_code in (400, 403)


async def test_a_token_for_several_purposes_is_for_the_one_that_is_said(make_world):
    world = await make_world()
    by = StatedBy(GlassSeal(CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))))
    principal = Principal("ann", (), "service analytics", frozenset(), 1)
    assert by.of(principal, {})[0].purpose == ""
    assert by.of(principal, {"c360-purpose": "analytics"})[0].purpose == "analytics"
    assert "errors" not in (await sent(world, "service analytics", **ALL)).json()


def test_a_providers_token_may_be_for_several_purposes():
    claims = {"roles": [], "purpose": ["service", "analytics"]}
    assert MappedClaims()(claims).purpose == "analytics service"
    with pytest.raises(TokenRefused):
        MappedClaims()({**claims, "purpose": ["service", 1]})


@given(st.text(max_size=600))
def test_a_reason_is_bounded_plain_and_as_it_was_said(text):
    reason = read_reason(text)
    if reason is not None:
        assert len(text) <= 500 and reason
        assert reason == text.strip() or "***" in reason


@given(st.dictionaries(st.sampled_from(["C360-Ticket", "c360-reason", "other"]), st.text()))
def test_a_socket_says_it_in_its_handshake_or_as_it_begins(payload):
    said = stated_headers({"c360-ticket": "T-1"}, payload)
    assert said["c360-ticket"] == "T-1"
    assert set(said) <= {"c360-ticket", "c360-reason"}
    assert set(given_in(said, {})) == set(said)
