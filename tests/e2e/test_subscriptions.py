"""Answers that come in events and parts, over real sockets of a real instance."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.e2e.conftest import UPSERT
from tests.e2e.running import Running, status

CHANGED = """subscription ($id: ID!) {
  customerChanged(id: $id) { id profile { name phone } segments { name } } }"""
DEFERRED = """query ($id: ID!) {
  customer(id: $id) { id ... @defer { profile { phone } } } }"""
SOON_S = 120
_revisions = count(1_750_000_000_000)


def id_of(people: Running) -> str:
    query = '{ customerByRecord(source: "crm", key: "2") { id } }'
    return people.ask("privacy_officer", query)["data"]["customerByRecord"]["id"]


def rename(people: Running) -> None:
    revision = next(_revisions)
    traits = {"name": f"Li Lei {revision}", "phone": "13900000002", "email": "lilei@example.cn"}
    record = {"source": "crm", "key": "2", "observedAt": revision, "traits": traits}
    variables = {"records": [record], "wait": "PROFILE"}
    answer = people.post({"query": UPSERT, "variables": variables}, people.token("connector"))[1]
    assert answer["data"]["upsertRecords"]["results"][0]["status"] == "APPLIED", answer


async def rename_until_heard(people: Running, given: asyncio.Task) -> None:
    """Rename the customer until a listener hears of it, since nothing tells when it listens."""
    async with asyncio.timeout(SOON_S):
        while not given.done():
            await asyncio.to_thread(rename, people)
            await asyncio.wait((given,), timeout=0.5)


async def events(reply: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    name = ""
    async for line in reply.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            yield name, line.removeprefix("data:").strip()


async def test_a_change_is_heard_over_server_sent_events(people: Running) -> None:
    recorded = status(people.data)["log"]["audit"]
    body = {"query": CHANGED, "variables": {"id": id_of(people)}}
    headers = {
        "accept": "text/event-stream",
        "authorization": f"Bearer {people.token('support_agent')}",
    }
    async with (
        httpx.AsyncClient(timeout=SOON_S) as client,
        client.stream("POST", f"{people.url}/graphql", json=body, headers=headers) as reply,
    ):
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        received = asyncio.ensure_future(anext(events(reply)))
        await rename_until_heard(people, received)
    kind, data = received.result()
    assert kind == "next"
    profile = json.loads(data)["data"]["customerChanged"]["profile"]
    assert profile["name"].startswith("Li Lei ")
    assert "*" in profile["phone"]
    # The look-up above, the subscription and at least this event.
    assert status(people.data)["log"]["audit"] >= recorded + 3


async def test_a_subscription_is_told_that_its_gateway_stops(tmp_path: Path) -> None:
    query = 'subscription { segmentChanged(name: "gold_members") { entered } }'
    with Running(tmp_path) as instance:
        headers = {
            "accept": "text/event-stream",
            "authorization": f"Bearer {instance.token('support_agent')}",
        }
        async with (
            httpx.AsyncClient(timeout=SOON_S) as client,
            client.stream(
                "POST", f"{instance.url}/graphql", json={"query": query}, headers=headers
            ) as reply,
        ):
            # Begun: the entry that says so is in the log before the answer starts.
            assert reply.status_code == 200
            await asyncio.sleep(0.5)
            instance.signal(signal.SIGTERM)
            received = [one async for one in events(reply)]
    assert [kind for kind, _ in received] == ["next", "complete"]
    (error,) = json.loads(received[0][1])["errors"]
    assert error["extensions"]["code"] == "SUBSCRIPTION_CLOSED"
    assert instance.process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in instance.output()


async def send_message(socket: ClientConnection, kind: str, **members: object) -> None:
    await socket.send(json.dumps({"type": kind, **members}))


async def heard_next(socket: ClientConnection) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), SOON_S))


def socket_to(people: Running, protocol: str = "graphql-transport-ws") -> connect:
    url = people.url.replace("http://", "ws://") + "/graphql"
    return connect(url, subprotocols=[Subprotocol(protocol)])


async def test_a_change_is_heard_over_a_web_socket(people: Running) -> None:
    customer = id_of(people)
    async with socket_to(people) as socket:
        token = people.token("marketing_analyst")
        await send_message(socket, "connection_init", payload={"authorization": f"Bearer {token}"})
        assert await heard_next(socket) == {"type": "connection_ack"}
        payload = {"query": CHANGED, "variables": {"id": customer}}
        await send_message(socket, "subscribe", id="1", payload=payload)
        received = asyncio.ensure_future(heard_next(socket))
        await rename_until_heard(people, received)
        found = received.result()
        assert (found["type"], found["id"]) == ("next", "1")
        assert found["payload"]["data"]["customerChanged"]["id"] == customer
        codes = {error["extensions"]["code"] for error in found["payload"]["errors"]}
        assert codes == {"FIELD_DENIED"}
        assert "Li Lei" not in str(found)
        assert "13900000002" not in str(found)


@pytest.mark.parametrize(
    ("protocol", "code"), [("graphql-transport-ws", 4403), ("graphql-ws", 4406)]
)
async def test_a_socket_without_token_or_by_the_legacy_protocol_is_closed(
    people: Running, protocol: str, code: int
) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        async with socket_to(people, protocol) as socket:
            await send_message(socket, "connection_init")
            await heard_next(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_deferred_part_comes_after_the_rest(people: Running) -> None:
    body = {"query": DEFERRED, "variables": {"id": id_of(people)}}
    headers = {
        "accept": "multipart/mixed;deferSpec=20220824, application/json",
        "authorization": f"Bearer {people.token('support_agent')}",
    }
    async with httpx.AsyncClient(timeout=SOON_S) as client:
        reply = await client.post(f"{people.url}/graphql", json=body, headers=headers)
    assert reply.headers["content-type"].startswith("multipart/mixed")
    first, *later = [
        json.loads(part.partition("\r\n\r\n")[2]) for part in reply.text.split("\r\n---")[1:-1]
    ]
    assert first["hasNext"] is True
    assert "profile" not in first["data"]["customer"]
    (profile,) = [one["data"]["profile"] for part in later for one in part.get("incremental", ())]
    assert "*" in profile["phone"]
    assert later[-1]["hasNext"] is False
