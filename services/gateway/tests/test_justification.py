"""What a caller says of why it asks: checked, without personal data, with it to the services."""

from urllib.parse import quote

import pytest
from c360_gateway.auth.break_glass import GlassSeal
from c360_gateway.auth.claims import MappedClaims
from c360_gateway.auth.errors import TokenRefused
from c360_gateway.auth.principal import Principal
from c360_gateway.query.justification import (
    JustificationCheck,
    given_in,
    justification_headers,
    read_reason,
)
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
    reply = await sent(world, "service analytics", **ALL)
    assert "errors" not in reply.json()
    act = (await world.audited())[-1]
    assert (act.purpose, act.reason, act.ticket) == ("service", "客户来电 ***", "T-1")
    caller = world.subgraphs["profiles"].callers[-1]
    assert (caller.purpose, caller.reason, caller.ticket) == ("service", "客户来电 ***", "T-1")
    # Extensions say it too, and come first.
    extensions = {"c360-reason": "audit 2026", "c360-ticket": "T-2"}
    await sent(world, extensions=extensions, **ALL)
    act = (await world.audited())[-1]
    assert (act.reason, act.ticket) == ("audit 2026", "T-2")
    await sent(world)
    act = (await world.audited())[-1]
    assert (act.purpose, act.reason, act.ticket) == ("service", "", "")


REFUSED = [
    ({"c360-purpose": "marketing"}, 403, "PURPOSE_DENIED"),
    ({"c360-purpose": ""}, 403, "PURPOSE_DENIED"),
    ({"c360-purpose": "service analytics"}, 403, "PURPOSE_DENIED"),
    ({"c360-reason": ""}, 400, "REASON_INVALID"),
    ({"c360-reason": "x" * 501}, 400, "REASON_INVALID"),
    ({"c360-reason": "a%0Ab"}, 400, "REASON_INVALID"),
    ({"c360-ticket": "T 1"}, 400, "TICKET_INVALID"),
    ({"c360-ticket": "x" * 65}, 400, "TICKET_INVALID"),
    ({"c360-break-glass": "x"}, 403, "BREAK_GLASS_INVALID"),
]


async def test_what_is_not_understood_or_not_allowed_is_refused_before_anything(world):
    for headers, status, code in REFUSED:
        reply = await sent(world, "service analytics", **headers)
        assert (reply.status_code, headers) == (status, headers)
        assert reply.json()["errors"][0]["extensions"]["code"] == code
    for name in ("c360-purpose", "c360-reason", "c360-ticket", "c360-break-glass"):
        for wrong in (1, ["a"], {"a": 1}):
            reply = await sent(world, extensions={name: wrong, "x": 1})
            assert reply.status_code in (400, 403)
    assert world.calls == []
    assert {act.code for act in await world.acts()} >= {code for _, _, code in REFUSED}


def test_a_token_for_several_purposes_is_for_the_one_that_is_said():
    by = JustificationCheck(GlassSeal(CursorSealer(SubgraphKeys("a", {"a": b"k" * 32}))))
    principal = Principal("ann", (), "service analytics", frozenset(), 1)
    assert by.of(principal, {})[0].purpose == ""
    assert by.of(principal, {"c360-purpose": "analytics"})[0].purpose == "analytics"


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
    found = justification_headers({"c360-ticket": "T-1"}, payload)
    assert found["c360-ticket"] == "T-1"
    assert set(found) <= {"c360-ticket", "c360-reason"}
    assert set(given_in(found, {})) == set(found)
