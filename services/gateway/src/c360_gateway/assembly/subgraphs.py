"""The domain's subgraphs: where each is, how it is asked, what it says of itself."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from c360_federation.execute.http_client import HttpSettings
from c360_federation.execute.transport import SubgraphTransport
from c360_kernel.errors import SettingsError
from c360_kernel.tls import client_context

from c360_gateway.readiness import CallProbe, HttpProbe, Probe, Troubles, no_troubles
from c360_gateway.settings import GatewaySettings
from c360_gateway.supergraph.sdl import LocalSdl, RemoteSdl, SdlSource
from c360_gateway.transport.http import RemoteSubgraph
from c360_gateway.transport.in_process import NOWHERE, Executable
from c360_gateway.transport.resilient import resilient


class LocalSubgraph(Executable, Protocol):
    """A subgraph of this process: what `c360_kernel.subgraph.subgraph.Subgraph` offers."""

    def sdl(self) -> str:
        """Its federation SDL."""
        ...

    def ready(self) -> Awaitable[bool]:
        """Whether its store answers; may raise instead."""
        ...


@dataclass(frozen=True, slots=True)
class Subgraphs:
    """The domain's subgraphs: called in this process, or reached over HTTP.

    `tls` says whom https believes there, and what it shows. `troubles` tells of the processes that
    were started for them along with this one.
    """

    local: Mapping[str, LocalSubgraph] = field(default_factory=dict[str, LocalSubgraph])
    remote: Mapping[str, RemoteSubgraph] = field(default_factory=dict[str, RemoteSubgraph])
    troubles: Troubles = no_troubles
    tls: ssl.SSLContext | None = None

    def elsewhere(self, remote: SubgraphTransport, settings: GatewaySettings) -> SubgraphTransport:
        """How those of other processes are asked, by way of `remote`; others are unreachable."""
        return resilient(remote, settings) if self.remote else NOWHERE

    def sources(self, remote: SubgraphTransport) -> dict[str, SdlSource]:
        """Where the SDL of each comes from."""
        found: dict[str, SdlSource] = {name: RemoteSdl(name, remote) for name in self.remote}
        return found | {name: LocalSdl(one.sdl) for name, one in self.local.items()}

    def probes(self) -> dict[str, Probe]:
        """Who asks each whether it is ready."""
        found: dict[str, Probe] = {name: CallProbe(one.ready) for name, one in self.local.items()}
        remote = self.remote.items()
        return found | {name: HttpProbe(_readyz(one.url), self.tls) for name, one in remote}


def plain_http(settings: GatewaySettings) -> HttpSettings:
    """How anyone's subgraphs are asked: unsigned, within the time that each attempt is given.

    Raises `SettingsError` (TLS_INVALID).
    """
    return HttpSettings(
        is_reply_timed=False, max_reply_bytes=settings.answer_bytes, tls=subgraph_tls(settings)
    )


def subgraph_tls(settings: GatewaySettings) -> ssl.SSLContext | None:
    """Whom the gateway believes to be a service, and what it shows there; None: as everybody does.

    Raises `SettingsError` (TLS_INVALID).
    """
    files = settings.subgraph_ca, settings.subgraph_cert, settings.subgraph_key
    if not any(files):
        return None
    try:
        return client_context(*("" if file is None else str(file) for file in files))
    except OSError as error:  # an SSLError is an OSError
        raise SettingsError(
            "a file of C360_SUBGRAPH_CA, _CERT or _KEY is not to be read, or no PEM",
            code="TLS_INVALID",
        ) from error


def _readyz(graphql_url: str) -> str:
    return f"{graphql_url.rpartition('/')[0]}/readyz"
