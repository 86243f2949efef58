"""The body of a request, as clients send it: JSON, packed or not, whatever its labels say."""

from __future__ import annotations

import zlib
from typing import cast

import orjson
from c360_kernel.errors import Invalid

from c360_gateway.collect.items import RawItem

MOST_BYTES = 512_000
"""Of a body, before and after unpacking."""
MOST_ITEM_BYTES = 32_768
_GZIP = b"\x1f\x8b"
_ZLIB = b"\x78"
_ANY_WRAPPING = 32 + zlib.MAX_WBITS


class BodyTooLarge(Invalid):
    """More than a request may bring."""

    code = "BODY_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__(f"a request has at most {MOST_BYTES} bytes, packed and unpacked")


def object_in(body: bytes) -> RawItem:
    """The JSON object of a body. Raises `Invalid` (BODY_INVALID, BODY_TOO_LARGE).

    Whether it is packed is seen by its first bytes: no JSON begins as gzip (RFC 1952) or zlib
    (RFC 1950) do, and clients label packed bodies as plain and plain ones as packed.
    """
    try:
        found: object = orjson.loads(unpacked(body))
    except orjson.JSONDecodeError:
        raise Invalid("the body is no JSON in UTF-8", code="BODY_INVALID") from None
    if not isinstance(found, dict):
        raise Invalid("the body is no JSON object", code="BODY_INVALID")
    return cast("dict[str, object]", found)


def unpacked(body: bytes) -> bytes:
    """The body itself, of at most `MOST_BYTES`. Raises `Invalid` (BODY_INVALID, BODY_TOO_LARGE)."""
    if not body.startswith((_GZIP, _ZLIB)):
        return body
    unpacking = zlib.decompressobj(_ANY_WRAPPING)
    try:
        plain = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise Invalid("the body cannot be unpacked", code="BODY_INVALID") from None
    if len(plain) > MOST_BYTES:
        raise BodyTooLarge
    if not unpacking.eof or unpacking.unused_data:
        raise Invalid("the packed body has no end, or goes on after it", code="BODY_INVALID")
    return plain
