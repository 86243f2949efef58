"""Running an ASGI app on loopback until told to stop."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from socket import socket
from types import FrameType
from typing import Any

import uvicorn
from c360_kernel.tls import ServerTls
from starlette.types import ASGIApp
from typing_extensions import override

from c360_cli.running.connections import ConnectionLimits, protocol_within
from c360_cli.running.ending import end_in_time
from c360_cli.running.ports import bound, port_in_use

Drain = Callable[[], Awaitable[None]]
"""Ends the answers that have no end of their own."""


async def no_drain() -> None:
    """Every answer ends by itself."""


def server(
    app: ASGIApp,
    port: int,
    host: str = "127.0.0.1",
    drain: Drain = no_drain,
    limits: ConnectionLimits | None = None,
    tls: ServerTls | None = None,
) -> uvicorn.Server:
    """A server that has not started; it stops on SIGINT, SIGTERM or `should_exit`.

    From a signal on the whole process has a bounded time to end: `c360_cli.running.ending`.
    Starting raises what `c360_cli.running.ports.bound` does.
    """
    within = limits or ConnectionLimits()
    shown = _files(tls) if tls else {}
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol_within(within),
        # A call that only hands on is no coroutine function, by which others are told apart.
        interface="asgi3",
        timeout_keep_alive=max(1, round(within.keep_alive_s)),
        log_level="warning",
        access_log=False,
        # Nobody here asks where a request came from, so nothing has to be believed of it.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        **shown,
    )
    return _Server(config, drain)


def _files(tls: ServerTls) -> dict[str, Any]:
    """As uvicorn takes them."""
    return {
        "ssl_certfile": tls.certificate,
        "ssl_keyfile": tls.key,
        "ssl_ca_certs": None if tls.clients is None else str(tls.clients),
        "ssl_cert_reqs": ssl.CERT_NONE if tls.clients is None else ssl.CERT_REQUIRED,
    }


class _Server(uvicorn.Server):
    """Drains what has no end of its own before it waits for the answers that are still being given.

    A port that is taken is an error of ours, where uvicorn would end the process.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    @override
    async def startup(self, sockets: list[socket] | None = None) -> None:
        host, port = self.config.host, self.config.port
        listening = sockets or list(bound(host, port))
        try:
            await super().startup(listening)
        except OSError as error:
            # Two that were bound at the same time: only one of them may listen.
            await self.lifespan.shutdown()
            raise port_in_use(host, port) from error

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        end_in_time()
        super().handle_exit(sig, frame)

    @override
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        await self._drain()
        await super().shutdown(sockets)
