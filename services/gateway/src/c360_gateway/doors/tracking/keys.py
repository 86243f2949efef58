"""The write key of a request: in a header, or in its body."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from c360_gateway.collect.items import RawItem

_JITSU = b"x-write-key"


def key_in_headers(headers: Mapping[bytes, bytes]) -> str:
    """The user of HTTP Basic (RFC 7617), a bearer, or the header as it is; empty without any."""
    given = headers.get(b"authorization", b"").decode("latin-1").strip()
    if not given:
        return headers.get(_JITSU, b"").decode("latin-1").strip()
    scheme, _, rest = given.partition(" ")
    if scheme.lower() == "basic":
        return _user(rest.strip())
    return rest.strip() if scheme.lower() == "bearer" else given


def key_in_body(body: RawItem) -> str:
    """The member `writeKey`; empty without it."""
    given = body.get("writeKey")
    return given if isinstance(given, str) else ""


def _user(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""
