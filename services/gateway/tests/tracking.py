"""A gateway with a write key, and its log as a test reads it."""

import base64
import json

import httpx
from c360_gateway.auth.claims import Rights
from c360_gateway.auth.connectors.key import make_key
from c360_gateway.auth.line_file import append_line
from c360_gateway.settings import GatewaySettings
from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT, EVENTS, QUARANTINE, RECORDS
from c360_kernel.stamp import wall_clock_ms

MOST = 10_000


def write_key(directory, *sources, roles=("connector",), name="web", origins=()):
    """A key that a gateway takes which begins on this data directory."""
    rights = Rights(frozenset(roles), "", frozenset(sources or ("web",)))
    now_s = wall_clock_ms() // 1_000
    shown, kept = make_key(name, rights, now_s, 3_600, frozenset(origins))
    append_line(GatewaySettings(data=directory).connector_keys_file, kept.line())
    return shown


def basic(key):
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


class Sender:
    """Sends as clients do, with a write key."""

    def __init__(self, world, key):
        self.world = world
        self.key = key

    async def send(self, path, body, headers=None, method="POST", key=True):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**(basic(self.key) if key else {}), **(headers or {})}
        transport = httpx.ASGITransport(self.world.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.request(method, path, content=content, headers=sent)

    async def payloads(self, topic):
        """What the log holds of a topic, in the order of its stamps."""
        found = []
        for partition in await self.world.log.ends([topic]):
            found += await self.world.log.read(partition, 0, MOST)
        return [decode(topic, one.data) for one in sorted(found, key=lambda one: one.stamp)]

    async def events(self):
        return await self.payloads(EVENTS)

    async def records(self):
        return await self.payloads(RECORDS)

    async def quarantined(self):
        return [(one.code, one.path, one.operation) for one in await self.payloads(QUARANTINE)]

    async def audited(self):
        return [one for one in await self.payloads(AUDIT) if one.kind == "operation"]
