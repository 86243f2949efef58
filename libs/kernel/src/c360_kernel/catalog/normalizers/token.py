"""Identifiers that a machine made: cookies, device ids, WeChat ids, card numbers."""

from __future__ import annotations

import re

from c360_kernel.catalog.normalizers.national_id import alphanumeric

_LONGEST = 512
_HEX = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# As it is, in the braces of Windows, or as a URN.
_UUID = re.compile(rf"(?:{_HEX}|\{{{_HEX}\}}|urn:uuid:{_HEX})", re.IGNORECASE)
_AROUND = "{}"
_LONGEST_CARD = 64


def normalize_token(text: str, region: str) -> str | None:
    """The token as it is: its case carries meaning, but for that of a UUID (RFC 9562)."""
    del region
    if _UUID.fullmatch(text):
        return text.lower().removeprefix("urn:uuid:").strip(_AROUND)
    return text if text.isprintable() and len(text) <= _LONGEST else None


def normalize_scoped_token(text: str, region: str) -> str | None:
    """`scope:token`, as `appid:openid`: the same token in another scope is somebody else."""
    scope, colon, token = text.partition(":")
    scope, token = scope.strip(), token.strip()
    if not (scope and colon and token):
        return None
    return normalize_token(f"{scope}:{normalize_token(token, region)}", region)


def normalize_card(text: str, region: str) -> str | None:
    """Letters in upper case and digits, whatever groups them on the card."""
    del region
    bare = alphanumeric(text)
    return bare if 0 < len(bare) <= _LONGEST_CARD else None
