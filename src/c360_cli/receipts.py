"""Receipts of consents verified by public keys: those of an instance, or some kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from c360_kernel.errors import Invalid
from c360_kernel.jws import PublicKey
from c360_kernel.signed_note import NoteVerifier
from c360_kernel.signing import SigningKeys
from c360_profile.domain.receipt import verify_receipt

from c360_cli.consents import snake

_NAME = "c360/receipts"


def published(keys: SigningKeys) -> dict[str, list[dict[str, str]]]:
    """The public keys as a JWKS (RFC 7517), each with its line for `profile.retired`."""
    return {"keys": [{**one.jwk, "vkey": _vkey(one)} for one in keys.public]}


def keys_in(text: bytes) -> list[PublicKey]:
    """The keys of a JWKS. Raises `Invalid` (JWK_INVALID)."""
    held = _read(text, "JWK_INVALID")
    keys = cast("dict[str, object]", held).get("keys") if isinstance(held, dict) else None
    if not isinstance(keys, list) or not keys:
        raise Invalid('these are no keys: {"keys": [...]}', code="JWK_INVALID")
    return [PublicKey.read(one) for one in cast("list[object]", keys)]


def receipts_in(text: bytes) -> list[Mapping[str, object]]:
    """One receipt or several, in either naming. Raises `Invalid` (RECEIPT_INVALID)."""
    held = _read(text, "RECEIPT_INVALID")
    found = cast("list[object]", held) if isinstance(held, list) else [held]
    if not found or not all(isinstance(one, dict) for one in found):
        raise Invalid("these are no receipts: one JSON object or a list", code="RECEIPT_INVALID")
    return cast("list[Mapping[str, object]]", found)


def verify_all(receipts: Sequence[Mapping[str, object]], keys: Sequence[PublicKey]) -> None:
    """Believe all of these.

    Raises as `verify_receipt`, with the number of the first that is not to be believed and nothing
    of what it says.
    """
    for number, one in enumerate(receipts, 1):
        try:
            verify_receipt(one, keys)
        except Invalid as error:
            raise Invalid(f"receipt {number}: {error.message}", code=error.code) from None


def _read(text: bytes, code: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _named(pairs, code))
    except (ValueError, RecursionError):
        raise Invalid("this is no JSON", code=code) from None


def _named(pairs: Sequence[tuple[str, object]], code: str) -> dict[str, object]:
    """By the standard's names; of what is said twice, somebody else would believe the other."""
    named = {snake(name): value for name, value in pairs}
    if len(named) != len(pairs):
        raise Invalid("something is said twice", code=code)
    return named


def _vkey(key: PublicKey) -> str:
    return NoteVerifier.ed25519(_NAME, key.raw).vkey
