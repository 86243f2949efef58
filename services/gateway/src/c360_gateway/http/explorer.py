"""The query explorer: one page of our own, which loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

from starlette.types import Receive, Scope, Send

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


class Explorer:
    """Serves the page as ASGI. Its policy lets it run its own script and call its own origin."""

    def __init__(self) -> None:
        page = resources.files("c360_gateway.http").joinpath("explorer.html").read_text("utf-8")
        self._body = page.encode()
        self._headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(self._body)).encode()),
            (b"content-security-policy", _policy(page).encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request with the page."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def _policy(page: str) -> str:
    hashes = {kind: f"'sha256-{_digest(text)}'" for kind, text in _INLINE.findall(page)}
    return (
        "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; script-src {hashes['script']}; style-src {hashes['style']}"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
