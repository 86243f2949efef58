"""JSON signed apart from it: JWS (RFC 7515, appendix F) by Ed25519 (RFC 8037).

What is signed is the canonical form of the JSON (RFC 8785), so whoever holds a document and the
public key verifies it by any library, however the document was laid out on the way.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from c360_kernel.errors import Invalid

_ALGORITHM = "EdDSA"
_MOST_CHARACTERS = 1_000
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """By what others verify: 32 bytes."""

    raw: bytes

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Of the 32 secret bytes that sign."""
        public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
        return cls(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def read(cls, jwk: object) -> Self:
        """Of a JWK, whose other members say nothing here. Raises `Invalid` (JWK_INVALID)."""
        held = cast("Mapping[str, object]", jwk) if isinstance(jwk, dict) else {}
        raw = _decoded(held.get("x"))
        if (held.get("kty"), held.get("crv")) != ("OKP", "Ed25519") or len(raw) != _KEY_BYTES:
            raise Invalid("this is no public key of Ed25519 as a JWK", code="JWK_INVALID")
        return cls(raw)

    @property
    def jwk(self) -> dict[str, str]:
        """As others are told it."""
        return {**self._named, "kid": self.id, "alg": _ALGORITHM, "use": "sig"}

    @property
    def id(self) -> str:
        """Its thumbprint (RFC 7638)."""
        return _encoded(hashlib.sha256(canonical(self._named)).digest())

    @property
    def _named(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": _encoded(self.raw)}


def canonical(value: object) -> bytes:
    """JSON of texts, lists, objects with plain names, yes, no and null, in its canonical form.

    Raises `Invalid` (JSON_NOT_CANONICAL) for all else: of numbers and other names the standard
    says more than is needed here.
    """
    if not _is_plain(value):
        raise Invalid("only texts in lists and objects are signed", code="JSON_NOT_CANONICAL")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Invalid("a text is not Unicode", code="JSON_NOT_CANONICAL") from None


def signed_apart(secret: bytes, type_: str, value: object) -> str:
    """The signature of a value of this type, in the compact form without the value."""
    header = _header(PublicKey.of(secret), type_)
    key = Ed25519PrivateKey.from_private_bytes(secret)
    return f"{header}..{_encoded(key.sign(_signed(header, value)))}"


def verify(signature: str, type_: str, value: object, keys: Sequence[PublicKey]) -> None:
    """Believe a signature of a value of this type under one of these keys.

    Raises `Invalid`: SIGNATURE_INVALID, or SIGNATURE_KEY_UNKNOWN for one under another key.
    """
    header, separator, signed = signature.partition("..")
    if len(signature) > _MOST_CHARACTERS or not separator:
        raise _invalid()
    key = next((one for one in keys if _header(one, type_) == header), None)
    if key is None:
        # It names another key, or says what is not understood here.
        raise Invalid("nobody known has signed this", code="SIGNATURE_KEY_UNKNOWN")
    raw = _decoded(signed)
    if _encoded(raw) != signed:
        raise _invalid()
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(raw, _signed(header, value))
    except InvalidSignature:
        raise _invalid() from None


def _header(key: PublicKey, type_: str) -> str:
    return _encoded(canonical({"alg": _ALGORITHM, "kid": key.id, "typ": type_}))


def _signed(header: str, value: object) -> bytes:
    return f"{header}.{_encoded(canonical(value))}".encode()


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        held = cast("Mapping[object, object]", value)
        return all(_is_name(name) and _is_plain(one) for name, one in held.items())
    if isinstance(value, list):
        return all(map(_is_plain, cast("list[object]", value)))
    return value is None or isinstance(value, str | bool)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isascii()


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: object) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        return b""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _invalid() -> Invalid:
    return Invalid("a signature is false: it is of something else", code="SIGNATURE_INVALID")
