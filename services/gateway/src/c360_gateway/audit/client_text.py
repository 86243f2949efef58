"""What clients wrote, as the audit keeps it: in clear only where it was registered beforehand.

Names of operations and values in their text are whatever a client puts there, a phone number say.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

_LONGEST_NAME = 100
_DIGEST_BYTES = 16


class ClientText:
    """Names texts of operations so that equal ones can be told, under a key of the instance."""

    def __init__(self, key: bytes, is_registered: Callable[[str], bool]) -> None:
        self._key = key
        self._is_registered = is_registered

    def name(self, name: str, text: str) -> str:
        """An operation's name if its text is registered, else `hmac:` and 32 hex digits."""
        if not name:
            return ""
        if self._is_registered(text):
            return name[:_LONGEST_NAME]
        return f"hmac:{self._digest('name', name)[: 2 * _DIGEST_BYTES]}"

    def fingerprint(self, text: str) -> str:
        """A text's SHA-256 if it is registered, by which it is named; else keyed. 64 hex digits."""
        if self._is_registered(text):
            return hashlib.sha256(text.encode()).hexdigest()
        return self._digest("text", text)

    def _digest(self, kind: str, text: str) -> str:
        return hmac.digest(self._key, f"{kind}\0{text}".encode(), hashlib.sha256).hex()
