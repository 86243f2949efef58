"""Ports that the processes of one instance are about to listen on."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from socket import (
    AF_INET6,
    AI_PASSIVE,
    IPPROTO_IPV6,
    IPV6_V6ONLY,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    gaierror,
    getaddrinfo,
    socket,
)

from c360_kernel.errors import Invalid, SettingsError, Transient

from c360_cli.topology import NAMES

LOOPBACK = "127.0.0.1"
_LAST_PORT = 65_535
# The services of an instance that was just killed still listen until they have noticed.
_WAIT_S = 15.0
_LOOK_AGAIN_S = 0.1


def ports_above(port: int) -> Mapping[str, int]:
    """Where each service of an instance listens that has a process of its own, by name."""
    return {name: port + offset for offset, name in enumerate(NAMES, start=1)}


async def until_free(ports: Collection[int], wait_s: float = _WAIT_S) -> None:
    """Return once nobody listens on these ports of the loopback.

    Raises `Transient` (PORT_IN_USE) when somebody still does after `wait_s`.
    """
    if max(ports) > _LAST_PORT:
        raise Invalid(f"there is no port {max(ports)}: give a lower --port", code="PORT_INVALID")
    deadline = asyncio.get_running_loop().time() + wait_s
    while taken := [port for port in ports if not _is_free(port)]:
        if asyncio.get_running_loop().time() > deadline:
            raise port_in_use(LOOPBACK, taken[0])
        await asyncio.sleep(_LOOK_AGAIN_S)


def refuse_taken(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before there is anything to undo.

    Raises `Transient` (PORT_IN_USE) or `SettingsError` (ADDRESS_UNUSABLE).
    """
    for one in bound(host, port):
        one.close()


def bound(host: str, port: int) -> Sequence[socket]:
    """A socket for each address of the host, that does not listen yet; raises `refuse_taken`'s."""
    sockets: list[socket] = []
    try:
        found = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = socket(family, kind, protocol)
            sockets.append(one)
            _make_reusable(one)
            one.bind(address)
    except OSError as error:
        for one in sockets:
            one.close()
        raise _refused(host, port, error) from error
    return sockets


def port_in_use(host: str, port: int) -> Transient:
    """Who listens there already keeps the port."""
    return Transient(
        f"port {port} of {host} is in use: stop what listens there, or give another --port",
        code="PORT_IN_USE",
    )


def _refused(host: str, port: int, error: OSError) -> Transient | SettingsError:
    if error.errno == errno.EADDRINUSE:
        return port_in_use(host, port)
    why = "no such host" if isinstance(error, gaierror) else error.strerror
    message = f"port {port} of {host} cannot be listened on ({why}): give another --host or --port"
    return SettingsError(message, code="ADDRESS_UNUSABLE")


def _make_reusable(one: socket) -> None:
    one.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    if one.family == AF_INET6:
        with suppress(OSError):
            one.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)


def _is_free(port: int) -> bool:
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
