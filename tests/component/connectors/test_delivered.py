"""Examples that receive: signed as their vendors sign, through the door and the log to items."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from c360_connect.running import Runner
from c360_connectors.reading.connector import read_connector
from c360_gateway.budget.accounts import Strangers
from c360_gateway.doors.connect.door import ConnectDoor
from c360_gateway.doors.connect.pressure import InboxPressure
from c360_gateway.doors.connect.receivers import Receivers
from c360_gateway.http.connect import PATH, ConnectRoute
from c360_kernel.log.clock import LogClock
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import INBOX
from c360_kernel.stamp import wall_clock_ms
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from starlette.applications import Starlette
from starlette.routing import Route

from tests.component.connectors.source import EXAMPLES, Asked, Taken, Told, serving, settings

AES = base64.b64encode(bytes(range(32))).decode().rstrip("=")
SECRETS = {
    "signing": "s1gn", "client_secret": "s3cret", "client_id": "me", "token": "t0ken",
    "aes_key": AES, "app_secret": "app", "corp_secret": "corp",
}  # fmt: skip
HOST = "http://127.0.0.1"


@dataclass
class Instance:
    """The door of a gateway, and what runs connectors, over one log."""

    data: Path
    log: MemoryLog = field(default_factory=MemoryLog)
    taken: Taken = field(default_factory=Taken)

    def example(self, name: str, **hosts: str) -> None:
        text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
        for was, put in hosts.items():
            text = text.replace(f"https://{was.replace('_', '.')}", put)
        folder = self.settings.connectors_folder
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(text)

    @property
    def settings(self):
        return settings(self.data, **SECRETS)

    def client(self) -> httpx.AsyncClient:
        return self._client(Receivers(self.settings.connectors_folder, self.settings.secrets_of))

    def client_as_is(self) -> httpx.AsyncClient:
        """Without writing the secrets anew."""
        return self._client(Receivers(self.data / "connectors", (self.data / "secrets").joinpath))

    def _client(self, receivers: Receivers) -> httpx.AsyncClient:
        pressure = InboxPressure(self.log, 1_000_000)
        door = ConnectDoor(receivers, self.log, LogClock(self.log, 60), pressure, wall_clock_ms)
        app = Starlette(routes=[Route(PATH, ConnectRoute(door, Strangers(1_000)))])
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)

    async def send(self, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client() as client:
            return await client.post(path, content=body, headers=named)

    async def run(self, name: str):
        connector = read_connector(self.settings.connectors_folder, name)

        runner = Runner(self.settings, lambda: _Open(self.log), lambda _: self.taken)
        return (await runner.once([connector]))[f"{name}.deliveries"]


class _Open:
    """A log that stays open when one of its users closes it."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def __getattr__(self, name: str):
        return getattr(self._log, name)

    async def close(self) -> None:
        """Others use it."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


async def ends(instance: Instance) -> int:
    return sum((await instance.log.ends((INBOX,))).values())


def shopify(body: bytes, secret: str = "s1gn", **more: str) -> dict[str, str]:
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x_shopify_hmac_sha256": digest, "x_shopify_webhook_id": "b54557e4", **more}


CUSTOMER = {
    "id": 706405506, "email": "ada@example.com", "phone": None, "first_name": "Ada",
    "last_name": "Byron", "updated_at": "2024-11-28T08:57:28+08:00",
    "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in",
                                "consent_updated_at": "2024-11-28T08:57:20+08:00"},
}  # fmt: skip


async def test_a_customer_of_a_shop_is_a_record_and_a_consent(instance: Instance) -> None:
    instance.example("shopify-webhooks")
    body = json.dumps(CUSTOMER).encode()
    answer = await instance.send("/connect/shopify-webhooks", body, **shopify(body))
    assert (answer.status_code, answer.json()) == (200, {})
    assert await ends(instance) == 1
    state = await instance.run("shopify-webhooks")
    assert (state.code, state.counts["deliveries"]) == ("", 1)
    record, consent = instance.taken.items
    assert (record["key"], record["observedAt"]) == ("706405506", "2024-11-28T00:57:28.000Z")
    assert (consent["status"], consent["at"]) == ("granted", "2024-11-28T00:57:20.000Z")
    assert (await instance.run("shopify-webhooks")).counts["deliveries"] == 1


async def test_what_comes_again_costs_nothing(instance: Instance) -> None:
    instance.example("shopify-webhooks")
    body = json.dumps(CUSTOMER).encode()
    async with instance.client() as client:
        for _ in range(3):
            headers = {k.replace("_", "-"): v for k, v in shopify(body).items()}
            answer = await client.post("/connect/shopify-webhooks", content=body, headers=headers)
            assert answer.status_code == 200
    assert await ends(instance) == 1


@pytest.mark.parametrize("deep", [300, 600])
async def test_a_delivery_with_too_much_within_one_another_holds_up_no_other(
    instance: Instance, deep: int
) -> None:
    instance.example("shopify-webhooks")
    bad = b'{"id": null, "weight": 1.50, "a": ' + b'{"a":' * deep + b"1" + b"}" * (deep + 1)
    for number, body in enumerate((bad, json.dumps(CUSTOMER).encode())):
        answer = await _sent_as_is(instance, body, shopify(body, x_shopify_webhook_id=str(number)))
        assert answer == 200
    counts = (await instance.run("shopify-webhooks")).counts
    assert (counts["deliveries"], counts["aside"], len(instance.taken.items)) == (2, 1, 2)


@pytest.mark.parametrize("wrong", ["body", "secret", "missing", "empty"])
async def test_what_is_not_of_the_source_is_not_kept(instance: Instance, wrong: str) -> None:
    instance.example("shopify-webhooks")
    body = json.dumps(CUSTOMER).encode()
    headers = shopify(body, "other") if wrong == "secret" else shopify(body)
    if wrong in ("missing", "empty"):
        headers.pop("x_shopify_hmac_sha256")
        headers |= {"x_shopify_hmac_sha256": ""} if wrong == "empty" else {}
    sent = body.replace(b"Ada", b"Bob") if wrong == "body" else body
    answer = await instance.send("/connect/shopify-webhooks", sent, **headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "DELIVERY_REFUSED")
    assert await ends(instance) == 0


async def test_two_secrets_hold_while_one_is_replaced(instance: Instance) -> None:
    instance.example("shopify-webhooks")
    (instance.settings.secrets_of("shopify-webhooks") / "signing").write_text("new\ns1gn\n")
    for number, secret in enumerate(("new", "s1gn", "old")):
        body = json.dumps({**CUSTOMER, "note": number}).encode()
        headers = shopify(body, secret, x_shopify_webhook_id=str(number))
        (instance.data / "secrets/shopify-webhooks/signing").write_text("new\ns1gn\n")
        answer = await _sent_as_is(instance, body, headers)
        assert answer == (401 if secret == "old" else 200)


async def _sent_as_is(instance: Instance, body: bytes, headers: Mapping[str, str]) -> int:
    folder = instance.data / "secrets"
    receivers = Receivers(instance.data / "connectors", folder.joinpath)
    pressure = InboxPressure(instance.log, 1_000_000)
    clock = LogClock(instance.log, 60)
    door = ConnectDoor(receivers, instance.log, clock, pressure, wall_clock_ms)
    app = Starlette(routes=[Route(PATH, ConnectRoute(door, Strangers(1_000)))])
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as client:
        return (
            await client.post("/connect/shopify-webhooks", content=body, headers=named)
        ).status_code


async def test_a_body_that_cannot_be_mapped_is_acknowledged_and_put_aside(
    instance: Instance,
) -> None:
    instance.example("shopify-webhooks")
    for number, body in enumerate((b'{"unknown": 1}', b"no json", b'"text"')):
        headers = shopify(body, x_shopify_webhook_id=str(number))
        answer = await instance.send("/connect/shopify-webhooks", body, **headers)
        assert answer.status_code == 200
    state = await instance.run("shopify-webhooks")
    # Two mappings can make nothing of the first and the last.
    assert (state.code, state.counts["aside"]) == ("", 4)
    aside = (instance.data / "connect/shopify-webhooks.deliveries.rejects.jsonl").read_text()
    codes = [json.loads(line)["code"] for line in aside.splitlines()]
    assert sorted(set(codes)) == ["DELIVERY_REFUSED", "FIELD_MISSING", "ROW_NOT_OBJECT"]


async def test_nobody_is_told_which_connectors_there_are(instance: Instance) -> None:
    instance.example("kingdee-customers")
    assert (await instance.send("/connect/..%2F..%2Fetc")).status_code == 404
    for name in ("kingdee-customers", "none", "%00"):
        answer = await instance.send(f"/connect/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "CONNECTOR_MISSING")


async def test_what_is_too_large_is_refused(instance: Instance) -> None:
    instance.example("shopify-webhooks")
    body = b" " * 900_001
    answer = await instance.send("/connect/shopify-webhooks", body, **shopify(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


class HubSpot:
    """Contacts by their ids; each has changed since it was hinted at."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, asked: Asked) -> Told:
        (only,) = asked.json["filterGroups"][0]["filters"]
        self.asked.append(only["values"])
        return Told({"results": [self._row(one) for one in only["values"] if one != "5553"]})

    def _row(self, name: str) -> dict[str, object]:
        properties = {"email": f"a{name}@example.com", "phone": None, "firstname": "Ada"}
        changed = {"lastmodifieddate": "2024-11-28T00:57:30.000Z"}
        return {"id": name, "properties": {**properties, **changed}}


def hubspot(body: bytes, at_ms: int) -> dict[str, str]:
    url = f"{HOST}/connect/hubspot-webhooks"
    text = f"POST{url}".encode() + body + str(at_ms).encode()
    digest = hmac.new(b"s3cret", text, hashlib.sha256).digest()
    return {
        "x_hubspot_signature_v3": base64.b64encode(digest).decode(),
        "x_hubspot_request_timestamp": str(at_ms),
    }


def change(object_id: int, kind: str = "contact.propertyChange", at: int = 1_732_755_448_123):
    return {
        "eventId": object_id, "subscriptionType": kind, "objectId": object_id, "occurredAt": at,
        "propertyName": "phone", "propertyValue": "+14155550100",
    }  # fmt: skip


async def test_changes_are_hints_and_whole_contacts_are_asked_for_once(instance: Instance) -> None:
    source = HubSpot()
    with serving(source) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        now = int(time.time() * 1_000)
        # Several times, in no order, one of them gone there by now, and one deleted.
        others = [change(5554, "contact.deletion"), change(5555, "contact.merge")]
        for events in ([change(5552), change(5551)], [change(5551), change(5553)], others):
            body = json.dumps(events).encode()
            answer = await instance.send("/connect/hubspot-webhooks", body, **hubspot(body, now))
            assert answer.status_code == 200, answer.text
        state = await instance.run("hubspot-webhooks")
    assert state.code == ""
    assert source.asked == [["5552", "5551", "5553"]]
    gone, *whole = instance.taken.items
    assert (gone["key"], gone["deleted"]) == ("5554", True)
    assert [one["key"] for one in whole] == ["5552", "5551"]
    assert whole[0]["observedAt"] == "2024-11-28T00:57:30.000Z"


@pytest.mark.parametrize("late_s", [-400, 400])
async def test_a_delivery_of_another_time_is_refused(instance: Instance, late_s: int) -> None:
    instance.example("hubspot-webhooks")
    body = json.dumps([change(1)]).encode()
    at = int((time.time() + late_s) * 1_000)
    answer = await instance.send("/connect/hubspot-webhooks", body, **hubspot(body, at))
    assert answer.status_code == 401
    # Who writes another time on it does not know the secret.
    headers = hubspot(body, at) | {"x_hubspot_request_timestamp": str(int(time.time() * 1_000))}
    answer = await instance.send("/connect/hubspot-webhooks", body, **headers)
    assert answer.status_code == 401


async def test_a_source_that_is_away_keeps_deliveries_waiting(instance: Instance) -> None:
    with serving(lambda asked: Told({}, 401)) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        body = json.dumps([change(5551)]).encode()
        now = int(time.time() * 1_000)
        await instance.send("/connect/hubspot-webhooks", body, **hubspot(body, now))
        state = await instance.run("hubspot-webhooks")
    assert (state.code, sum(state.positions.values())) == ("CONNECTOR_UNAUTHORIZED", 0)
    source = HubSpot()
    with serving(source) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        assert (await instance.run("hubspot-webhooks")).code == ""
    assert [one["key"] for one in instance.taken.items] == ["5551"]


@pytest.mark.parametrize("written", ["1' OR '1'='1", "..", "a b", ""])
async def test_an_id_that_is_none_is_asked_of_nobody(instance: Instance, written: str) -> None:
    source = HubSpot()
    with serving(source) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        body = json.dumps([{**change(1), "objectId": written}]).encode()
        now = int(time.time() * 1_000)
        await instance.send("/connect/hubspot-webhooks", body, **hubspot(body, now))
        state = await instance.run("hubspot-webhooks")
    assert (source.asked, state.counts["aside"]) == ([], 1)


async def test_one_that_is_gone_takes_no_other_of_its_batch_along(instance: Instance) -> None:
    source = HubSpot()

    def answer(asked: Asked) -> Told:
        told = source(asked)
        return Told({}, 404) if "5553" in source.asked[-1] else told

    with serving(answer) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        body = json.dumps([change(number) for number in range(5550, 5556)]).encode()
        now = int(time.time() * 1_000)
        await instance.send("/connect/hubspot-webhooks", body, **hubspot(body, now))
        assert (await instance.run("hubspot-webhooks")).code == ""
    found = sorted(str(one["key"]) for one in instance.taken.items)
    assert found == ["5550", "5551", "5552", "5554", "5555"]


async def test_equal_hints_are_of_two_changes(instance: Instance) -> None:
    source = HubSpot()
    with serving(source) as url:
        instance.example("hubspot-webhooks", api_hubapi_com=url)
        body = json.dumps([change(5551)]).encode()
        headers = hubspot(body, int(time.time() * 1_000))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with instance.client() as client:
            for _ in range(2):
                await client.post("/connect/hubspot-webhooks", content=body, headers=named)
                await instance.run("hubspot-webhooks")
    assert source.asked == [["5551"], ["5551"]]


TRADE = {
    "tid": "E20241128000000000001", "status": "WAIT_SELLER_SEND_GOODS",
    "buyer_info": {"yz_open_id": "YZ0001", "buyer_phone": "139****0009"},
    "full_order_info": {
        "order_info": {"created": "2024-11-28 08:57:28", "pay_time": "2024-11-28 08:57:30"},
        "pay_info": {"payment": "128.00"},
    },
}  # fmt: skip


async def test_a_paid_order_is_an_event_without_the_masked_telephone(instance: Instance) -> None:
    instance.example("youzan-trades")
    body = json.dumps({"type": "trade_TradePaid", "msg": quote(json.dumps(TRADE))}).encode()
    signed = hashlib.md5(b"me" + body + b"s3cret").hexdigest()
    answer = await instance.send("/connect/youzan-trades", body, event_sign=signed)
    assert answer.json() == {"code": 0, "msg": "success"}
    await instance.run("youzan-trades")
    (event,) = instance.taken.items
    assert (event["key"], event["messageId"]) == ("YZ0001", "E20241128000000000001-paid")
    assert (event["occurredAt"], event["properties"]["amount"]) == ("2024-11-28T00:57:30.000Z", 128)
    assert "139****" not in json.dumps(event)


def sealed(message: str, receiver: str, key: bytes = bytes(range(32))) -> str:
    content = os.urandom(16) + len(message.encode()).to_bytes(4, "big") + message.encode()
    content += receiver.encode()
    pad = 32 - len(content) % 32
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    text = cipher.update(content + bytes([pad]) * pad) + cipher.finalize()
    return base64.b64encode(text).decode()


def callback(name: str, text: str, at: int | None = None) -> str:
    stamp, nonce = str(at or int(time.time())), "n0nce"
    signed = hashlib.sha1("".join(sorted(["t0ken", stamp, nonce, text])).encode()).hexdigest()
    return f"/connect/{name}?msg_signature={signed}&timestamp={stamp}&nonce={nonce}"


def xml(**parts: object) -> str:
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in parts.items())
    return f"<xml>{inner}</xml>"


COMPANY, ACCOUNT = "ww0000000000000000", "wx0000000000000000"


class WeCom:
    def __init__(self) -> None:
        self.tokens = 0

    def __call__(self, asked: Asked) -> Told:
        if asked.path.endswith("gettoken"):
            self.tokens += 1
            answer = {"access_token": f"T{self.tokens}", "expires_in": 7_200}
            return Told({"errcode": 0, "errmsg": "ok", **answer})
        # The first token is known no more when it is used.
        if asked.query["access_token"] != "T2":
            return Told({"errcode": 42001, "errmsg": "access_token expired"})
        name = asked.query["external_userid"]
        if name == "wmGONE":
            return Told({"errcode": 84061, "errmsg": "not external contact"})
        person = {"external_userid": name, "name": "韩梅", "type": 1, "unionid": "oUnion1"}
        staff = {"userid": "lilei", "createtime": 1_732_755_448, "remark_mobiles": ["13900000008"]}
        return Told({"errcode": 0, "external_contact": person, "follow_user": [staff]})


async def test_a_callback_of_wecom_has_ids_alone_and_the_person_is_asked_for(
    instance: Instance,
) -> None:
    with serving(WeCom()) as url:
        instance.example("wecom-contacts", qyapi_weixin_qq_com=url)
        for person in ("wmEXAMPLE0001", "wmGONE", "wmEXAMPLE0001"):
            event = xml(
                ToUserName=COMPANY, CreateTime=1_732_755_448, MsgType="event",
                Event="change_external_contact", ChangeType="add_external_contact",
                UserID="lilei", ExternalUserID=person, State="store-0571",
            )  # fmt: skip
            text = sealed(event, COMPANY)
            body = xml(ToUserName=COMPANY, Encrypt=text).encode()
            answer = await instance.send(callback("wecom-contacts", text), body)
            assert (answer.status_code, answer.text) == (200, "success")
        state = await instance.run("wecom-contacts")
    assert state.code == ""
    (record,) = instance.taken.items
    assert record["key"] == "wmEXAMPLE0001"
    assert record["identifiers"] == [
        {"type": "unionid", "value": "oUnion1"},
        {"type": "phone", "value": "+8613900000008"},
    ]


async def test_what_is_encrypted_with_a_new_key_is_opened_while_it_runs(
    instance: Instance,
) -> None:
    with serving(WeCom()) as url:
        instance.example("wecom-contacts", qyapi_weixin_qq_com=url)
        connector = read_connector(instance.settings.connectors_folder, "wecom-contacts")
        runner = Runner(instance.settings, lambda: _Open(instance.log), lambda _: instance.taken)
        running = asyncio.create_task(runner.for_ever([connector]))
        for number, key in enumerate((bytes(range(32)), bytes(range(1, 33))), start=1):
            lines = f"{base64.b64encode(key).decode().rstrip('=')}\n{AES}\n"
            folder = instance.settings.secrets_of("wecom-contacts")
            (folder / "aes-key").write_text(lines)
            said = xml(
                Event="change_external_contact", ChangeType="add_external_contact",
                ExternalUserID=f"wm{number}",
            )  # fmt: skip
            text = sealed(said, COMPANY, key)
            address = callback("wecom-contacts", text)
            async with instance.client_as_is() as client:
                await client.post(address, content=xml(Encrypt=text).encode())
            async with asyncio.timeout(60):
                while len(instance.taken.items) < number:
                    await asyncio.sleep(0.02)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert [one["key"] for one in instance.taken.items] == ["wm1", "wm2"]


async def test_the_question_whether_the_door_is_there_is_answered(instance: Instance) -> None:
    instance.example("wecom-contacts")
    text = sealed("1616140317555161061", COMPANY)
    async with instance.client() as client:
        address = f"{callback('wecom-contacts', text)}&echostr={quote(text, safe='')}"
        assert (await client.get(address)).text == "1616140317555161061"
        other = sealed("1", "ww9999999999999999")
        address = f"{callback('wecom-contacts', other)}&echostr={quote(other, safe='')}"
        assert (await client.get(address)).status_code == 401
    assert await ends(instance) == 0


async def test_a_callback_of_another_time_or_text_is_refused(instance: Instance) -> None:
    instance.example("wecom-contacts")
    text = sealed(xml(Event="x"), COMPANY)
    body = xml(Encrypt=text).encode()
    old = await instance.send(callback("wecom-contacts", text, 1_409_659_589), body)
    changed = xml(Encrypt=sealed(xml(Event="y"), COMPANY)).encode()
    other = await instance.send(callback("wecom-contacts", text), changed)
    declared = b"<!DOCTYPE xml [<!ENTITY a 'b'>]>" + body
    entity = await instance.send(callback("wecom-contacts", text), declared)
    assert {old.status_code, other.status_code, entity.status_code} == {401}
    assert await ends(instance) == 0


async def test_a_follower_is_a_record_and_who_leaves_has_withdrawn(instance: Instance) -> None:
    def wechat(asked: Asked) -> Told:
        if asked.path.endswith("stable_token"):
            return Told({"access_token": "T", "expires_in": 7_200})
        return Told({"openid": asked.query["openid"], "unionid": "oUnion1", "language": "zh_CN",
                     "subscribe": 1, "subscribe_time": 1_732_755_448})  # fmt: skip

    with serving(wechat) as url:
        instance.example("wechat-followers", api_weixin_qq_com=url)
        for name, event in (("oOPENID1", "subscribe"), ("oOPENID2", "unsubscribe")):
            said = xml(ToUserName="gh_1", FromUserName=name, CreateTime=1_732_755_448,
                       MsgType="event", Event=event)  # fmt: skip
            text = sealed(said, ACCOUNT)
            body = xml(ToUserName="gh_1", Encrypt=text).encode()
            answer = await instance.send(callback("wechat-followers", text), body)
            assert answer.text == "success"
        assert (await instance.run("wechat-followers")).code == ""
    consent, record = instance.taken.items
    assert (consent["key"], consent["status"]) == ("oOPENID2", "withdrawn")
    assert (record["key"], record["kind"]) == ("oOPENID1", "records")
    assert record["identifiers"][0] == {"type": "openid", "value": f"{ACCOUNT}:oOPENID1"}
