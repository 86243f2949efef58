"""What each subgraph says it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from c360_federation.execute.transport import SubgraphRequest, SubgraphTransport, TransportError
from c360_kernel.context import CallerContext
from c360_kernel.errors import Transient
from typing_extensions import override

from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext

_QUERY = "query Sdl { _service { sdl } }"
_GATEWAY = OperationContext(
    CallerContext(principal="c360-gateway", roles=()),
    Principal("c360-gateway", (), "", frozenset(), 0),
)


class SdlSource(Protocol):
    """Gives the present SDL of one subgraph."""

    async def sdl(self) -> str:
        """The federation SDL; raises `Transient` when it cannot be had now."""
        ...


class LocalSdl(SdlSource):
    """A subgraph of this process."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    @override
    async def sdl(self) -> str:
        return self._read()


class RemoteSdl(SdlSource):
    """A subgraph asked over its transport, with the gateway's own service token."""

    def __init__(self, name: str, transport: SubgraphTransport) -> None:
        self._name = name
        self._transport = transport

    @override
    async def sdl(self) -> str:
        request = SubgraphRequest(_QUERY, {}, "Sdl")
        try:
            response = await self._transport.execute(self._name, request, _GATEWAY)
            return (response.data or {})["_service"]["sdl"]
        except (TransportError, KeyError, TypeError) as error:
            message = f"subgraph {self._name!r} does not tell its schema"
            raise Transient(message, code="SUBGRAPH_UNREACHABLE") from error
