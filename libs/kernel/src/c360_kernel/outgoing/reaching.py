"""Where a host may be reached: asked at each connection, of what its name resolves to then.

A name is checked by the addresses that it has when it is connected to, and the connection goes to
one of just these: a name that has another address a moment later (DNS rebinding) gains nothing.
What a host looks like is never judged. `127.1`, `0x7f000001`, `2130706433` or digits in circles are
names to us, and whatever they resolve to is checked.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from c360_kernel.errors import Invalid, Transient
from c360_kernel.outgoing.addresses import Address, Network, address_of, is_public

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host, as text. Raises `OSError` where it has none."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine knows for a host, both families."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Reach:
    """Which hosts may be reached: public ones, and the networks that whoever runs this allows.

    `is_open`: public ones at all; without, what is allowed by name is all there is.
    """

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolved
    is_open: bool = True

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where to connect to for a host. One address that may not be reached refuses them all.

        Raises `Invalid` (ADDRESS_REFUSED), `Transient` (HOST_UNKNOWN) where nothing resolves.
        """
        found = await self._addresses(host, port)
        if not all(self.may_reach(one) for one in found):
            raise Invalid("the host leads to an address that is not public", code="ADDRESS_REFUSED")
        return found

    def may_reach(self, address: Address) -> bool:
        """Whether one address may be connected to."""
        if self.is_open and is_public(address):
            return True
        return any(address in network for network in self.allowed)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            texts = await self.resolve(host, port)
            found = list(dict.fromkeys(map(address_of, texts)))
        except (OSError, ValueError) as error:
            raise Transient("the host has no address", code="HOST_UNKNOWN") from error
        if not found:
            raise Transient("the host has no address", code="HOST_UNKNOWN")
        return found
