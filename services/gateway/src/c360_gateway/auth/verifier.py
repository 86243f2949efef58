"""Verify bearer tokens; remember the verified ones for a minute."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import Key, guess_key
from joserfc.jws import (
    CompactSignature,
    JWSRegistry,
    extract_compact,
    validate_compact,
)
from joserfc.util import urlsafe_b64decode

from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.issuers import Issuer
from c360_gateway.auth.principal import Principal

MAX_TOKEN_BYTES = 8_000
_REMEMBER_S = 60
_REMEMBER_MOST = 10_000
_LEEWAY_S = 30
_HEADERS_MOST = 100
_ESSENTIAL = ("iss", "aud", "exp", "iat", "sub", "roles", "purpose", "sources")


class TokenVerifier:
    """Turns an `Authorization` header into a principal, or raises `Unauthenticated`."""

    def __init__(self, issuers: Sequence[Issuer], now_s: Callable[[], float] = time.time) -> None:
        self._trusted = {issuer.name: _Trusted(issuer, now_s) for issuer in issuers}
        self._now_s = now_s
        self._remembered: dict[bytes, tuple[float, Principal]] = {}

    def authenticate(self, authorization: str | None) -> Principal:
        """The principal of a `Bearer` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_BYTES:
            raise Unauthenticated("a bearer token is needed")
        encoded = token.encode()
        name = hashlib.sha256(encoded).digest()
        known = self._remembered.get(name)
        if known is not None and self._now_s() < known[0]:
            return known[1]
        principal = self._verified(encoded)
        self._remember(name, principal)
        return principal

    def _remember(self, name: bytes, principal: Principal) -> None:
        self._remembered.pop(name, None)
        while len(self._remembered) >= _REMEMBER_MOST:
            del self._remembered[next(iter(self._remembered))]
        until = min(self._now_s() + _REMEMBER_S, principal.expires_at)
        self._remembered[name] = (until, principal)

    def _verified(self, token: bytes) -> Principal:
        try:
            _, payload, _ = token.split(b".")
            claims = orjson.loads(urlsafe_b64decode(payload))
            # The claims name the key; nothing else is believed before the signature is checked.
            trusted = self._trusted[claims["iss"]]
            trusted.check(token, claims)
            return _principal(claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unauthenticated("the token is not accepted") from error


class _Signer(NamedTuple):
    """What the header of a token means: an algorithm's check, and the key for it."""

    verify: Callable[[bytes, bytes, Any], bool]
    key: Key


class _Trusted:
    """What a token of one issuer has to fulfil, made ready once."""

    def __init__(self, issuer: Issuer, now_s: Callable[[], float]) -> None:
        self._issuer = issuer
        self._now_s = now_s
        self._signatures = JWSRegistry(algorithms=list(issuer.algorithms))
        essential: dict[str, Any] = {
            name: {"essential": True, "allow_blank": True} for name in _ESSENTIAL
        }
        essential["iss"] = {"essential": True, "value": issuer.name}
        essential["aud"] = {"essential": True, "value": issuer.audience}
        essential["sub"] = {"essential": True}
        self._signers: dict[bytes, _Signer] = {}
        self._claims = jwt.JWTClaimsRegistry(now=self._now, leeway=_LEEWAY_S, **essential)

    def check(self, token: bytes, claims: dict[str, Any]) -> None:
        """Raises what the verifier refuses a token for."""
        signed, _, signature = token.rpartition(b".")
        signer = self._signer(token, signed.partition(b".")[0])
        if not signer.verify(signed, urlsafe_b64decode(signature), signer.key):
            raise BadSignatureError
        self._claims.validate(claims)
        if claims["exp"] <= self._now():
            raise ValueError("expired")

    def _signer(self, token: bytes, header: bytes) -> _Signer:
        """Headers repeat; one is only remembered with a valid token, so strangers add none."""
        known = self._signers.get(header)
        if known is None:
            known = self._read_signer(extract_compact(token))
            if len(self._signers) < _HEADERS_MOST:
                self._signers[header] = known
        return known

    def _read_signer(self, signed: CompactSignature) -> _Signer:
        keys, headers = self._issuer.keys, signed.headers()
        if not validate_compact(signed, keys, registry=self._signatures):
            raise BadSignatureError
        if headers.get("typ") not in self._issuer.token_types:
            raise ValueError("another type of token")
        algorithm = self._signatures.get_alg(headers["alg"])
        return _Signer(algorithm.verify, guess_key(keys, signed, use="sig"))

    def _now(self) -> int:
        return int(self._now_s())


def _principal(claims: dict[str, Any]) -> Principal:
    if not isinstance(claims["sub"], str) or not isinstance(claims["purpose"], str):
        raise TypeError("sub and purpose are texts")
    return Principal(
        subject=claims["sub"],
        roles=tuple(sorted(_texts(claims["roles"]))),
        purpose=claims["purpose"],
        sources=_texts(claims["sources"]),
        expires_at=int(claims["exp"]),
        issuer=claims["iss"],
    )


def _texts(claim: object) -> frozenset[str]:
    if not isinstance(claim, list) or not all(isinstance(one, str) for one in claim):
        raise TypeError("a claim is not a list of texts")
    return frozenset(claim)
