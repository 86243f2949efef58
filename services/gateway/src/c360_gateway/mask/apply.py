"""Mask specs made into functions over values of one scalar."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from c360_gateway.mask.spec import MaskSpec

Mask = Callable[[object], object]

REDACTED = "***"
HIDDEN = "*"
_TEXT = ("String", "ID")
_YEAR = re.compile(r"\d{4}(?=-\d{2}-\d{2})")
_HASH_DIGITS = 32


def mask_for(spec: MaskSpec, scalar: str, hash_key: bytes) -> Mask | None:
    """The function for values of this GraphQL scalar; None: the value has to be null.

    Only text can be redacted, hashed or shown in part; a date can be cut to its year. Any other
    combination has no valid stand-in, so nothing is shown at all.
    """
    if spec.kind == "year" and scalar in ("Date", "DateTime", *_TEXT):
        return _year_of(scalar)
    if scalar not in _TEXT or spec.kind in ("null", "year"):
        return None
    if spec.kind == "partial":
        return _partial(spec)
    return _hash(hash_key) if spec.kind == "hash" else _redact


def hash_key_for(instance_key: bytes, tags: frozenset[str], coordinate: str) -> bytes:
    """A key of its own per tag, so that equal values of two kinds do not look equal."""
    scope = "+".join(sorted(tags)) or coordinate
    return hmac.digest(instance_key, f"mask:{scope}".encode(), hashlib.sha256)


def _redact(value: object) -> str:
    return REDACTED


def _partial(spec: MaskSpec) -> Mask:
    kept = spec.keep_left + spec.keep_right
    # Hiding nothing is not a mask, whatever the policy line says.
    shortest = kept + max(1, spec.min_hidden)

    def partial(value: object) -> str:
        if not isinstance(value, str) or len(value) < shortest:
            return REDACTED
        tail = value[len(value) - spec.keep_right :]
        return value[: spec.keep_left] + HIDDEN * (len(value) - kept) + tail

    return partial


def _hash(key: bytes) -> Mask:
    def hashed(value: object) -> str:
        text = value if isinstance(value, str) else repr(value)
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()[:_HASH_DIGITS]

    return hashed


def _year_of(scalar: str) -> Mask:
    rest = "-01-01T00:00:00Z" if scalar == "DateTime" else "-01-01"
    fallback = REDACTED if scalar in _TEXT else None

    def year(value: object) -> str | None:
        found = _YEAR.match(value) if isinstance(value, str) else None
        return fallback if found is None else found.group() + rest

    return year
