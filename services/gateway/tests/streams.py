"""Clients of answers that come in parts, through the gateway's own ASGI interface."""

import asyncio
import json
import re

from c360_gateway.auth.issuers import local_key, mint
from c360_kernel.errors import Transient
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import AUDIT, MEMBERSHIPS

SOON_S = 60
EVENTS = "text/event-stream"
JOINED = """subscription { segmentChanged(name: "vip") {
  entered customer { id mainPhone profile { name phone } } } }"""


class FollowedLog(MemoryLog):
    """Knows when somebody began to follow the segments."""

    def __init__(self):
        super().__init__()
        self.followed = asyncio.Event()
        self.fails_after = None
        self.recorded = 0

    async def ends(self, topics):
        found = await super().ends(topics)
        if MEMBERSHIPS in topics:
            self.followed.set()
        return found

    async def append(self, entries):
        if entries and entries[0].topic == AUDIT:
            if self.recorded == self.fails_after:
                raise Transient("full", code="LOG_FULL")
            self.recorded += 1
        return await super().append(entries)


class Reply:
    """One HTTP request, and what of its answer has come so far."""

    def __init__(self, world, body, accept, token, **more):
        headers = {"content-type": "application/json", "accept": accept, **more}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        scope = {
            "type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        self._received = asyncio.Queue()
        self._sent = asyncio.Queue()
        self._buffer = b""
        self._received.put_nowait({"type": "http.request", "body": json.dumps(body).encode()})
        app = world.gateway.app
        self.running = asyncio.create_task(app(scope, self._received.get, self._sent.put))

    async def started(self):
        message = await self._message()
        assert message["type"] == "http.response.start"
        self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        return message["status"]

    async def event(self):
        """Name and payload of the next server-sent event."""
        while True:
            block = await self._until(b"\n\n")
            if not block.startswith(b":"):
                name, data = re.fullmatch(rb"event: (\w+)\ndata:(.*)", block, re.DOTALL).groups()
                return name.decode(), json.loads(data or b"null")

    async def part(self):
        """The payload of the next part."""
        block = await self._until(b"\r\n---")
        while block == b"":
            block = await self._until(b"\r\n---")
        return json.loads(block.partition(b"\r\n\r\n")[2])

    async def hang_up(self):
        await self._received.put({"type": "http.disconnect"})
        await asyncio.wait_for(self.running, SOON_S)

    async def _until(self, mark):
        while mark not in self._buffer:
            message = await self._message()
            self._buffer += message.get("body", b"")
            assert message.get("more_body") or mark in self._buffer, "the answer is over"
        block, _, self._buffer = self._buffer.partition(mark)
        return block

    async def _message(self):
        return await asyncio.wait_for(self._sent.get(), SOON_S)


class Socket:
    """One WebSocket."""

    def __init__(self, world, *protocols, token=None, origin=None):
        headers = [(b"host", b"gateway:8360")]
        headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
        headers += [(b"origin", origin.encode())] if origin else []
        scope = {
            "type": "websocket", "path": "/graphql", "query_string": b"", "headers": headers,
            "subprotocols": list(protocols or ("graphql-transport-ws",)),
        }  # fmt: skip
        self._received = asyncio.Queue()
        self._sent = asyncio.Queue()
        self._received.put_nowait({"type": "websocket.connect"})
        app = world.gateway.app
        self.running = asyncio.create_task(app(scope, self._received.get, self._sent.put))

    async def say(self, kind, **members):
        text = json.dumps({"type": kind, **members})
        await self._received.put({"type": "websocket.receive", "text": text})

    async def hear(self):
        """The next message, or the code that the socket was closed with."""
        message = await asyncio.wait_for(self._sent.get(), SOON_S)
        if message["type"] == "websocket.accept":
            return await self.hear()
        if message["type"] == "websocket.close":
            return message["code"]
        return json.loads(message["text"])

    async def hang_up(self):
        await self._received.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.running, SOON_S)


def listen(world, role, query=JOINED, subject="ann", **token):
    minted = mint(local_key(world.settings.issuer_key_file), subject, [role], "service", **token)
    return Reply(world, {"query": query}, EVENTS, minted)


def customer(payload):
    return payload["data"]["segmentChanged"]["customer"]
