"""Web pages send tracking calls from the origins that their write key names."""

import pytest
from c360_gateway.auth.connectors.key import KeyRevoked
from c360_gateway.auth.line_file import append_line
from c360_gateway.settings import GatewaySettings
from c360_kernel.log.topics import EVENTS

from services.gateway.tests.tracking import Sender, write_key

SHOP, OTHER, LISTED = "https://shop.example", "https://other.example", "https://app.example"
CALL = {"userId": "u1", "event": "Order Completed", "messageId": "m1"}
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
ALLOWED = "access-control-allow-origin"


@pytest.fixture
async def web(make_world, tmp_path):
    key = write_key(tmp_path, origins=[SHOP])
    return Sender(await make_world(cors_origins=LISTED), key)


@pytest.mark.parametrize("origin", [SHOP, LISTED])
async def test_a_page_of_a_named_or_listed_origin_may_call(web, origin):
    asked = await web.send("/v1/t", b"", {"origin": origin, **ASKED}, "OPTIONS", key=False)
    assert (asked.status_code, asked.headers[ALLOWED]) == (204, origin)
    assert "authorization" in asked.headers["access-control-allow-headers"]
    reply = await web.send("/v1/t", CALL, {"origin": origin})
    assert (reply.status_code, reply.headers[ALLOWED]) == (200, origin)


async def test_a_page_of_another_origin_is_refused_and_nothing_is_taken(web):
    asked = await web.send("/v1/t", b"", {"origin": OTHER, **ASKED}, "OPTIONS", key=False)
    assert ALLOWED not in asked.headers
    reply = await web.send("/v1/t", CALL, {"origin": OTHER})
    assert (reply.status_code, reply.json()["code"]) == (403, "ORIGIN_FORBIDDEN")
    assert ALLOWED not in reply.headers
    assert await web.payloads(EVENTS) == []


async def test_the_origin_of_one_key_is_none_of_another(make_world, tmp_path):
    write_key(tmp_path, origins=[SHOP])
    second = write_key(tmp_path, name="blog", origins=[OTHER])
    blog = Sender(await make_world(), second)
    refused = await blog.send("/v1/t", CALL, {"origin": SHOP})
    assert refused.json()["code"] == "ORIGIN_FORBIDDEN"
    assert (await blog.send("/v1/t", CALL, {"origin": OTHER})).status_code == 200


async def test_who_is_no_page_may_call(web):
    assert (await web.send("/v1/t", CALL)).status_code == 200


async def test_a_key_without_origins_is_taken_from_everywhere_and_told_to_no_page(
    make_world, tmp_path
):
    key = write_key(tmp_path)
    web = Sender(await make_world(), key)
    reply = await web.send("/v1/t", CALL, {"origin": OTHER})
    assert (reply.status_code, ALLOWED in reply.headers) == (200, False)


async def test_a_browser_client_is_told_to_send_here(web):
    path = f"/v1/projects/{web.key}/settings"
    headers = {"origin": SHOP, "host": "c360.example"}
    reply = await web.send(path, b"", headers, "GET", key=False)
    assert (reply.status_code, reply.headers[ALLOWED]) == (200, SHOP)
    assert reply.headers["cache-control"] == "no-store"
    sending = reply.json()["integrations"]["Segment.io"]
    assert (sending["apiKey"], sending["apiHost"]) == (web.key, "c360.example/v1")
    assert sending["protocol"] == "https"
    here = await web.send(path, b"", {"host": "localhost:8360"}, "GET", key=False)
    assert here.json()["integrations"]["Segment.io"]["protocol"] == "http"


async def test_settings_are_read_alone(web):
    reply = await web.send(f"/v1/projects/{web.key}/settings", b"", {}, "POST", key=False)
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET")


async def test_settings_are_for_who_has_a_key(web):
    path = "/v1/projects/c360_000000000000_none/settings"
    reply = await web.send(path, b"", {"origin": SHOP}, "GET", key=False)
    assert (reply.status_code, reply.json()["code"]) == (401, "UNAUTHENTICATED")


async def test_the_origins_of_a_revoked_key_are_nobodys(make_world, tmp_path):
    key = write_key(tmp_path, origins=[SHOP])
    append_line(GatewaySettings(data=tmp_path).connector_keys_file, KeyRevoked(key[5:17]).line())
    web = Sender(await make_world(), key)
    asked = await web.send("/v1/t", b"", {"origin": SHOP, **ASKED}, "OPTIONS", key=False)
    assert ALLOWED not in asked.headers
