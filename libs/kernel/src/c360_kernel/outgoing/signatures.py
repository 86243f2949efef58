"""Signatures of messages that leave, by Standard Webhooks (github.com/standard-webhooks).

What is signed is `id.timestamp.body`, the body as its bytes are sent, by HMAC-SHA256 under each
secret that holds: while one is replaced, both sign, and a receiver knows either.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.secret_files import private_text

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
_MADE = 32


def made_secret() -> str:
    """A new secret as receivers are given it: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_MADE)).decode()


def read_secret(text: str) -> bytes:
    """The bytes of a secret. Raises `SettingsError` (WEBHOOK_SECRET_INVALID)."""
    try:
        found = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        found = b""
    if not text.startswith(_PREFIX) or not _LEAST <= len(found) <= _MOST:
        raise SettingsError(
            f"a secret is {_PREFIX} and {_LEAST} to {_MOST} bytes in base64",
            code="WEBHOOK_SECRET_INVALID",
        )
    return found


def secrets_in(path: Path) -> tuple[bytes, ...]:
    """The secrets of a file, one a line, the newest first.

    Raises `SettingsError`: WEBHOOK_SECRET_MISSING where none can be read, KEY_FILE_EXPOSED where
    others may read it, WEBHOOK_SECRET_INVALID.
    """
    try:
        lines = private_text(path).split()
    except FileNotFoundError as error:
        message = f"there is no {path.name}"
        raise SettingsError(message, code="WEBHOOK_SECRET_MISSING") from error
    except OSError as error:
        message = f"{path.name} cannot be read"
        raise SettingsError(message, code="WEBHOOK_SECRET_MISSING") from error
    except UnicodeDecodeError as error:
        message = f"{path.name} is no text"
        raise SettingsError(message, code="WEBHOOK_SECRET_INVALID") from error
    if not lines:
        raise SettingsError(f"{path.name} holds no secret", code="WEBHOOK_SECRET_MISSING")
    return tuple(map(read_secret, lines))


def signed_headers(message: str, at: int, body: bytes, keys: Sequence[bytes]) -> Mapping[str, str]:
    """The headers of one attempt at `at`, seconds UTC; `message` is the same for every attempt."""
    signed = f"{message}.{at}.".encode() + body
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    digest = hmac.digest(key, signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
