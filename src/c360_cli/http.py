"""Running an ASGI app on loopback until told to stop."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp


def server(app: ASGIApp, port: int, host: str = "127.0.0.1") -> uvicorn.Server:
    """A server that has not started; it stops on SIGINT, SIGTERM or `should_exit`."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="httptools",
        log_level="warning",
        access_log=False,
        # Nobody here asks where a request came from, so nothing has to be believed of it.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)
