"""TLS between the parts of an instance: what a server shows, and whom a client believes."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class ServerTls:
    """PEM files of a server: its certificate and key, and whose clients alone it lets in.

    Without `clients` every client may connect; with it, each has to show a certificate that one of
    these authorities vouches for (mTLS), also for `/livez` and `/readyz`.
    """

    certificate: Path
    key: Path | None
    clients: Path | None


def server_tls(settings: Settings) -> ServerTls | None:
    """What the settings say a server shows; None for plain HTTP.

    Raises `SettingsError` (TLS_INVALID), rather than serve in plain what was to be encrypted.
    """
    if settings.tls_cert is None:
        if settings.tls_key is not None or settings.tls_clients is not None:
            raise _invalid("C360_TLS_KEY and C360_TLS_CLIENTS need C360_TLS_CERT")
        return None
    tls = ServerTls(settings.tls_cert, settings.tls_key, settings.tls_clients)
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        if tls.clients is not None:
            context.load_verify_locations(tls.clients)
    except OSError as error:  # an SSLError is an OSError
        raise _invalid("a file of C360_TLS_* is not to be read, or no PEM") from error
    return tls


@lru_cache(maxsize=8)
def client_context(authorities: str, certificate: str, key: str) -> ssl.SSLContext:
    """Whom a client believes, and what it shows; empty: the system's authorities, nothing.

    All are names of PEM files. Raises `OSError` for one that cannot be read.
    """
    context = ssl.create_default_context(cafile=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def _invalid(why: str) -> SettingsError:
    return SettingsError(why, code="TLS_INVALID")
