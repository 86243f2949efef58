"""Ports that the processes of one instance are about to listen on."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from socket import SO_REUSEADDR, SOL_SOCKET, socket

from c360_kernel.errors import Transient

LOOPBACK = "127.0.0.1"
# The services of an instance that was just killed still listen until they have noticed.
_PATIENCE_S = 15.0
_LOOK_AGAIN_S = 0.1


async def until_free(ports: Collection[int], patience_s: float = _PATIENCE_S) -> None:
    """Return once nobody listens on these ports of the loopback.

    Raises `Transient` (PORT_IN_USE) when somebody still does after `patience_s`.
    """
    deadline = asyncio.get_running_loop().time() + patience_s
    while taken := [port for port in ports if not _is_free(port)]:
        if asyncio.get_running_loop().time() > deadline:
            raise Transient(f"port {taken[0]} is in use", code="PORT_IN_USE")
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_free(port: int) -> bool:
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
