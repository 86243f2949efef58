"""`GET /v1/projects/KEY/settings`: what the client of browsers asks before it sends anything.

Source: `@segment/analytics-next`, which reads it from its `cdnURL` and sends to `apiHost`. Without
that it would send to its vendor.
"""

from __future__ import annotations

from typing import Any

import orjson
from c360_kernel.errors import C360Error
from starlette.types import Receive, Scope, Send

from c360_gateway.budget.door import Door
from c360_gateway.http.replies import Reply, refusal_body, refused, send_reply

PATH = "/v1/projects/{key}/settings"
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class BrowserSettings:
    """Answers who shows a write key that is accepted."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request whose path holds a key."""
        del receive
        try:
            reply = await self._answer(scope)
        except C360Error as error:
            reply = refused(error)
        await send_reply(send, reply)

    async def _answer(self, scope: Scope) -> Reply:
        if scope["method"] not in ("GET", "HEAD"):
            message = refusal_body("METHOD_NOT_ALLOWED", "the settings are read by GET")
            return Reply(405, message, [(b"allow", b"GET")], "METHOD_NOT_ALLOWED")
        key = str(scope["path_params"]["key"])
        guest = await self._door.enter(scope, f"Bearer {key}")
        guest.account.request()
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        return Reply(200, orjson.dumps(settings_for(key, host)), [])


def settings_for(key: str, host: str) -> dict[str, Any]:
    """Calls go where the settings came from, and to no one else."""
    is_here = host.rsplit(":", 1)[0] in _LOOPBACK
    sending = {
        "apiKey": key,
        "apiHost": f"{host}/v1",
        "protocol": "http" if is_here else "https",
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
    }
    everything = {"__default": {"enabled": True, "integrations": {}}}
    return {
        "integrations": {"Segment.io": sending},
        "plan": dict.fromkeys(("track", "identify", "group"), everything),
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
