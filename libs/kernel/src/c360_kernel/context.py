"""The caller context: who asks, on whose rules, carried from the gateway to a subgraph.

Over HTTP it is a signed token of 60 seconds in the shape of IETF transaction
tokens: audience is one subgraph, `body` the SHA-256 of the very request. In
one process the checked value itself is passed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from c360_kernel.errors import C360Error

ISSUER = "c360-gateway"
LIFETIME_S = 60
HEADER = "c360-caller"


class CallerRefused(C360Error):
    """The request does not carry a caller context this subgraph accepts."""

    code = "CALLER_REFUSED"


@dataclass(frozen=True, slots=True)
class CallerContext:
    """Principal, role set, purpose and policy version of one operation."""

    principal: str
    roles: tuple[str, ...]
    purpose: str = ""
    policy_version: str = ""
    predicate: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class SubgraphKeys:
    """Keys of one subgraph by `kid`; two may be active while rotating, `current` signs."""

    current: str
    secrets: Mapping[str, bytes]


def sign_context(caller: CallerContext, audience: str, body: bytes, keys: SubgraphKeys) -> str:
    """A token for one request to one subgraph."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "iat": now,
        "exp": now + LIFETIME_S,
        "sub": caller.principal,
        "roles": list(caller.roles),
        "purpose": caller.purpose,
        "policy": caller.policy_version,
        "predicate": caller.predicate,
        "trace": caller.trace_id,
        "body": hashlib.sha256(body).hexdigest(),
    }
    header = {"alg": "HS256", "typ": "txn+jwt", "kid": keys.current}
    return jwt.encode(header, claims, OctKey.import_key(keys.secrets[keys.current]))


def verify_context(token: str, audience: str, body: bytes, keys: SubgraphKeys) -> CallerContext:
    """The caller context in a token, or `CallerRefused`.

    Another audience, another body, an expired token and an unknown key are all refused alike.
    """
    claims = _verified_claims(token, audience, keys)
    if claims["body"] != hashlib.sha256(body).hexdigest():
        raise CallerRefused("the caller context was made for another request")
    return CallerContext(
        principal=str(claims["sub"]),
        roles=tuple(claims["roles"]),
        purpose=str(claims["purpose"]),
        policy_version=str(claims["policy"]),
        predicate=str(claims["predicate"]),
        trace_id=str(claims["trace"]),
    )


def _verified_claims(token: str, audience: str, keys: SubgraphKeys) -> dict[str, object]:
    essential = {"essential": True}
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": audience},
        exp=essential,
        iat=essential,
        sub=essential,
        body=essential,
        roles=essential,
    )
    try:
        decoded = jwt.decode(token, lambda header: _key_of(header, keys), algorithms=["HS256"])
        registry.validate(decoded.claims)
    except (JoseError, KeyError, ValueError, TypeError) as error:
        raise CallerRefused("the caller context is missing, forged or expired") from error
    return decoded.claims


def _key_of(header: object, keys: SubgraphKeys) -> OctKey:
    kid = header.headers()["kid"]  # type: ignore[attr-defined]
    return OctKey.import_key(keys.secrets[kid])
