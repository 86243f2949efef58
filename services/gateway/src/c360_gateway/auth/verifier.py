"""Verify bearer tokens; remember the verified ones for a minute."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from c360_gateway.auth.errors import Unauthenticated
from c360_gateway.auth.issuers import Issuer
from c360_gateway.auth.principal import Principal

MAX_TOKEN_BYTES = 8_000
_REMEMBER_S = 60
_REMEMBER_MOST = 10_000
_LEEWAY_S = 30
_ESSENTIAL = ("iss", "aud", "exp", "iat", "sub", "roles", "purpose", "sources")


class TokenVerifier:
    """Turns an `Authorization` header into a principal, or raises `Unauthenticated`."""

    def __init__(self, issuers: Sequence[Issuer], now_s: Callable[[], float] = time.time) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._now_s = now_s
        self._remembered: dict[bytes, tuple[float, Principal]] = {}

    def authenticate(self, authorization: str | None) -> Principal:
        """The principal of a `Bearer` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_BYTES:
            raise Unauthenticated("a bearer token is needed")
        name = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(name)
        if known is not None and self._now_s() < known[0]:
            return known[1]
        principal = self._verified(token)
        self._remember(name, principal)
        return principal

    def _remember(self, name: bytes, principal: Principal) -> None:
        self._remembered.pop(name, None)
        while len(self._remembered) >= _REMEMBER_MOST:
            del self._remembered[next(iter(self._remembered))]
        until = min(self._now_s() + _REMEMBER_S, principal.expires_at)
        self._remembered[name] = (until, principal)

    def _verified(self, token: str) -> Principal:
        try:
            issuer = self._issuers[_unverified_issuer(token)]
            decoded = jwt.decode(token, issuer.keys, algorithms=list(issuer.algorithms))
            if decoded.header.get("typ") not in issuer.token_types:
                raise Unauthenticated("the token is not accepted")
            _check_claims(decoded.claims, issuer, int(self._now_s()))
            return _principal(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unauthenticated("the token is not accepted") from error


def _unverified_issuer(token: str) -> str:
    """Which issuer's keys to try. Nothing else is believed before the signature is checked."""
    segment = token.split(".")[1] if token.count(".") == 2 else ""
    claims: Any = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return str(claims["iss"])


def _check_claims(claims: dict[str, Any], issuer: Issuer, now_s: int) -> None:
    essential: dict[str, Any] = {
        name: {"essential": True, "allow_blank": True} for name in _ESSENTIAL
    }
    essential["iss"] = {"essential": True, "value": issuer.name}
    essential["aud"] = {"essential": True, "value": issuer.audience}
    essential["sub"] = {"essential": True}
    registry = jwt.JWTClaimsRegistry(now=now_s, leeway=_LEEWAY_S, **essential)
    registry.validate(claims)
    if claims["exp"] <= now_s:
        raise ValueError("expired")


def _principal(claims: dict[str, Any]) -> Principal:
    if not isinstance(claims["sub"], str) or not isinstance(claims["purpose"], str):
        raise TypeError("sub and purpose are texts")
    return Principal(
        subject=claims["sub"],
        roles=tuple(sorted(_texts(claims["roles"]))),
        purpose=claims["purpose"],
        sources=_texts(claims["sources"]),
        expires_at=int(claims["exp"]),
    )


def _texts(claim: object) -> frozenset[str]:
    if not isinstance(claim, list) or not all(isinstance(one, str) for one in claim):
        raise TypeError("a claim is not a list of texts")
    return frozenset(claim)
