"""Browsers: pages of listed origins may call, those of others may not, whatever they send."""

import httpx
import pytest
from c360_gateway.http.origins import read_origins
from c360_kernel.errors import SettingsError

from services.gateway.tests.streams import Socket

APP, OTHER = "https://app.example", "https://evil.example"
QUERY = {"query": '{ customer(id: "c1") { id } }'}
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


@pytest.fixture
async def world(make_world):
    return await make_world(cors_origins=f"{APP}, http://localhost:5173")


async def options(world, **headers):
    transport = httpx.ASGITransport(world.gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.options("/graphql", headers=headers)


def marks(reply):
    return {name for name in reply.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [APP, "http://localhost:5173"])
async def test_a_listed_origin_is_told_what_it_may_send(world, origin):
    reply = await options(world, origin=origin, **ASKED)
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == origin
    assert "POST" in reply.headers["access-control-allow-methods"]
    allowed = set(reply.headers["access-control-allow-headers"].split(", "))
    assert allowed >= {"authorization", "content-type", "c360-denials", "traceparent", "accept"}
    assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("token", [True, False])
async def test_a_listed_origin_may_read_the_answer_also_a_refusal(world, token):
    held = world.token("support_agent") if token else None
    reply = await world.post(QUERY, held, origin=APP)
    assert reply.status_code == (200 if token else 401)
    assert reply.headers["access-control-allow-origin"] == APP
    assert "retry-after" in reply.headers["access-control-expose-headers"]
    assert reply.headers["vary"] == "Authorization, Accept, Origin"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "origin",
    [OTHER, "null", "*", APP + ":443", APP + "/", APP + ".evil.example", APP[:-1], f"{APP},{OTHER}",
     "https://app.example@evil.example", "http://app.example", "https://APP.example", f"{APP} ",
     "https://x.app.example", "https://xapp.example", "http://localhost:51730", "http://localhost"],
)  # fmt: skip
async def test_another_origin_gets_no_mark(world, origin):
    held = world.token("support_agent")
    answer = await options(world, origin=origin, **ASKED)
    for reply in (answer, await world.post(QUERY, held, origin=origin)):
        assert not marks(reply)
        assert "Origin" in reply.headers["vary"]


async def test_without_the_setting_nobody_is_told_anything(make_world):
    world = await make_world()
    answer = await options(world, origin=APP, **ASKED)
    assert (answer.status_code, marks(answer)) == (401, set())
    reply = await world.post(QUERY, world.token("support_agent"), origin=APP)
    assert (reply.status_code, marks(reply)) == (200, set())
    assert "Origin" not in reply.headers["vary"]


async def test_only_what_a_browser_asks_beforehand_is_answered_without_the_gateway(world):
    plain = await options(world, origin=APP)
    assert plain.status_code != 204
    assert "access-control-allow-methods" not in plain.headers
    sent = await world.post(QUERY, world.token("support_agent"), origin=APP, **ASKED)
    assert sent.status_code == 200
    assert sent.json()["data"] == {"customer": {"id": "c1"}}


@pytest.mark.parametrize(
    "text",
    ["*", "null", "app.example", "https://*.example", "https://app.example/", "https://a.example/x",
     "HTTPS://app.example", "https://", "https://a:b", "ftp://a.example", "https://u@a.example"],
)  # fmt: skip
def test_what_is_no_origin_stops_the_start(text):
    with pytest.raises(SettingsError, match="C360_CORS_ORIGINS"):
        read_origins(f"{APP} {text}")


@pytest.mark.parametrize("text", ["", " ", ",", f"{APP},\n{APP}", "http://[::1]:8080"])
def test_what_is_a_list_of_origins_is_taken(text):
    assert read_origins(text) <= {APP, "http://[::1]:8080"}


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [(None, True), (APP, True), ("http://gateway:8360", True), ("https://gateway:8360", True),
     (OTHER, False), ("null", False), ("http://gateway", False), ("http://gateway:8360.x", False)],
)  # fmt: skip
async def test_a_socket_is_opened_from_our_own_pages_and_listed_ones(world, origin, is_let_in):
    socket = Socket(world, token=world.token("support_agent"), origin=origin)
    await socket.say("connection_init")
    message = await socket.hear()
    assert message == ({"type": "connection_ack"} if is_let_in else 1008)
    await socket.hang_up()
