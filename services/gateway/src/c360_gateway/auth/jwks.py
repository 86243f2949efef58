"""Where a provider's keys are read from: a file, or an address."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from c360_federation.reloading import FileWatch
from c360_kernel.errors import SettingsError
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from typing_extensions import override

MOST_BYTES = 1_000_000
_TIMEOUT_S = 5.0
_LEAST_PAUSE_S = 10.0
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class JwksInvalid(Exception):
    """What was read is no JSON Web Key Set; says nothing of what it holds."""


class JwksSource(Protocol):
    """Where a JSON Web Key Set is read from."""

    def due(self) -> bool:
        """Whether it is time to read it again."""
        ...

    def read(self) -> bytes:
        """What it holds now, taking its time; raises `OSError`."""
        ...

    def want(self) -> None:
        """It could not be used, or somebody named a key that was not in it."""
        ...


class JwksFile(JwksSource):
    """A file, read again when it changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._watch = FileWatch(lambda: [file])
        self._wanted = False

    @override
    def due(self) -> bool:
        return self._watch.changed() or self._wanted

    @override
    def read(self) -> bytes:
        self._wanted = False
        return self._file.read_bytes()

    @override
    def want(self) -> None:
        self._wanted = True


class JwksUrl(JwksSource):
    """An address, asked again every `refresh_s`, and sooner for a key that it did not have.

    It is never asked more often than every ten seconds, whatever keys callers name.
    """

    def __init__(
        self, url: str, refresh_s: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = _safe(url)
        self._refresh_s = max(refresh_s, _LEAST_PAUSE_S)
        self._now_s = now_s
        self._fetched_at: float | None = None
        self._wanted = False
        self._opener = urllib.request.build_opener(_NoRedirects)

    @override
    def due(self) -> bool:
        if self._fetched_at is None:
            return True
        pause = _LEAST_PAUSE_S if self._wanted else self._refresh_s
        return self._now_s() - self._fetched_at >= pause

    @override
    def read(self) -> bytes:
        self._fetched_at, self._wanted = self._now_s(), False
        try:
            with self._opener.open(self._url, timeout=_TIMEOUT_S) as reply:
                return reply.read(MOST_BYTES + 1)
        except HTTPException as error:
            raise OSError("no answer of HTTP") from error

    @override
    def want(self) -> None:
        self._wanted = True


def jwks_source(place: Path | str, refresh_s: float) -> JwksSource:
    """The file or the `https` address that a setting names; raises `SettingsError`."""
    if isinstance(place, str) and "://" in place:
        return JwksUrl(place, refresh_s)
    return JwksFile(Path(place))


def key_set(data: bytes) -> KeySet:
    """The keys that can be used; raises `JwksInvalid`. A set that says that it is empty is one.

    Keys that are not understood are left out (RFC 7517, section 5): what a provider adds for others
    must not keep a key in place that it has taken out.
    """
    if len(data) > MOST_BYTES:
        raise JwksInvalid
    try:
        listed = json.loads(data)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise JwksInvalid from None
    if not isinstance(listed, list):
        raise JwksInvalid
    keys = list(_usable(listed))
    if listed and not keys:
        raise JwksInvalid
    return KeySet(keys)


def _usable(listed: list[Any]) -> Iterator[Key]:
    for one in listed:
        try:
            yield from KeySet.import_key_set({"keys": [one]})
        except (ValueError, JoseError, KeyError, TypeError, AttributeError, RecursionError):
            continue


def _safe(url: str) -> str:
    """Whoever is between could give keys of their own, so the address is `https`, or is us."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SettingsError("C360_OIDC_JWKS is a file or an https address")
    return url


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl
