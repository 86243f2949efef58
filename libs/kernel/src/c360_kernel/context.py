"""The caller context: who asks, on whose rules, carried from the gateway to a subgraph.

Over HTTP it is a signed token of 60 seconds in the shape of IETF transaction
tokens: audience is one subgraph, `body` the SHA-256 of the very request, and
`jti` lets it be used once. In one process the checked value itself is passed.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OctKey

from c360_kernel.errors import C360Error
from c360_kernel.visibility import NOTHING, Visibility, read_visibility

ISSUER = "c360-gateway"
LIFETIME_S = 60
LEEWAY_S = 5
"""How far the clocks of gateway and subgraph may be apart."""
HEADER = "c360-caller"

Attributes: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""What is known of a caller by name, sorted: `(("team", ("north", "south")),)`."""


class CallerRefused(C360Error):
    """The request does not carry a caller context this subgraph accepts."""

    code = "CALLER_REFUSED"


@dataclass(frozen=True, slots=True)
class CallerContext:
    """Principal, role set, purpose and policy version of one operation, and what it may tell of.

    `visibility` says it of what services derive; without a word of it, nothing. `predicate` says it
    of customers (`c360_kernel.scope`), `smallest_group` of their numbers: no group of fewer is told
    of, 0 for any. `reason`, `ticket` and `break_glass`, the name of an opening, are what the caller
    says of why it asks.
    """

    principal: str
    roles: tuple[str, ...]
    purpose: str = ""
    policy_version: str = ""
    predicate: str = ""
    trace_id: str = ""
    visibility: Visibility = NOTHING
    reason: str = ""
    ticket: str = ""
    break_glass: str = ""
    attributes: Attributes = ()
    smallest_group: int = 0

    @property
    def told(self) -> Visibility:
        """`visibility`: of whom row rules narrow without accounts and who acts for one, of who is
        told of no small group without what accounts come to."""
        told = self.visibility.without_accounts if self.predicate else self.visibility
        return told.without_roll_ups if self.smallest_group else told


@dataclass(frozen=True, slots=True)
class SubgraphKeys:
    """Keys of one subgraph by `kid`; two may be active while rotating, `current` signs."""

    current: str
    secrets: Mapping[str, bytes]


class UsedTokens:
    """Remembers the tokens one subgraph process has taken, until they expire.

    Memory is bounded: past `capacity` the oldest is forgotten and every token that expires no
    later is refused from then on, so that forgetting never lets a replay in. Tokens made before
    the process began are refused for the same reason. Safe to share between threads.
    """

    def __init__(self, capacity: int = 131_072, now_s: Callable[[], float] = time.time) -> None:
        self._capacity = capacity
        self._now_s = now_s
        self._lock = threading.Lock()
        self._expiry_by_id: OrderedDict[str, int] = OrderedDict()
        self._forgotten_until = int(now_s()) + LIFETIME_S - LEEWAY_S

    def __len__(self) -> int:
        return len(self._expiry_by_id)

    def use(self, token_id: str, expires: int) -> bool:
        """Whether this is the first use of the token; `expires` is in seconds since 1970."""
        with self._lock:
            self._forget_expired()
            if token_id in self._expiry_by_id or expires <= self._forgotten_until:
                return False
            self._expiry_by_id[token_id] = expires
            if len(self._expiry_by_id) > self._capacity:
                _, expiry = self._expiry_by_id.popitem(last=False)
                self._forgotten_until = max(self._forgotten_until, expiry)
            return True

    def _forget_expired(self) -> None:
        now = self._now_s() - LEEWAY_S
        while self._expiry_by_id and next(iter(self._expiry_by_id.values())) < now:
            self._expiry_by_id.popitem(last=False)


def sign_context(caller: CallerContext, audience: str, body: bytes, keys: SubgraphKeys) -> str:
    """A token for one request to one subgraph; a retry needs a new one."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": audience,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
        "sub": caller.principal,
        "roles": list(caller.roles),
        "purpose": caller.purpose,
        "policy": caller.policy_version,
        "predicate": caller.predicate,
        "visible": caller.visibility.text,
        "attributes": {name: list(values) for name, values in caller.attributes},
        "smallest": caller.smallest_group,
        "trace": caller.trace_id,
        "reason": caller.reason,
        "ticket": caller.ticket,
        "glass": caller.break_glass,
        "body": hashlib.sha256(body).hexdigest(),
    }
    header = {"alg": "HS256", "typ": "txn+jwt", "kid": keys.current}
    return jwt.encode(header, claims, _key(keys.secrets[keys.current]))


def verify_context(
    token: str, audience: str, body: bytes, keys: SubgraphKeys, used: UsedTokens
) -> CallerContext:
    """The caller context in a token, or `CallerRefused`.

    Another audience, another body, an expired token, an unknown key and a token that was used
    before are all refused, each without saying what would have been right.
    """
    claims = _verified_claims(token, audience, keys)
    if not secrets.compare_digest(str(claims["body"]), hashlib.sha256(body).hexdigest()):
        raise CallerRefused("the caller context was made for another request")
    if not used.use(str(claims["jti"]), int(claims["exp"])):
        raise CallerRefused("the caller context was used before")
    return CallerContext(
        visibility=_visibility(claims),
        principal=str(claims["sub"]),
        roles=tuple(str(role) for role in claims["roles"]),
        purpose=str(claims.get("purpose", "")),
        policy_version=str(claims.get("policy", "")),
        predicate=str(claims.get("predicate", "")),
        trace_id=str(claims.get("trace", "")),
        reason=str(claims.get("reason", "")),
        ticket=str(claims.get("ticket", "")),
        break_glass=str(claims.get("glass", "")),
        attributes=_attributes(claims.get("attributes", {})),
        smallest_group=_smallest(claims),
    )


def _attributes(claim: Mapping[str, Sequence[str]]) -> Attributes:
    return tuple((name, tuple(values)) for name, values in sorted(claim.items()))


def _smallest(claims: Mapping[str, Any]) -> int:
    smallest = claims.get("smallest", 0)
    if not isinstance(smallest, int):
        raise CallerRefused("the caller context does not say which groups it may tell of")
    return smallest


def _visibility(claims: Mapping[str, Any]) -> Visibility:
    try:
        return read_visibility(str(claims.get("visible", "")))
    except ValueError as error:
        raise CallerRefused("the caller context does not say what it may tell of") from error


def _verified_claims(token: str, audience: str, keys: SubgraphKeys) -> dict[str, Any]:
    essential: jwt.ClaimsOption = {"essential": True}
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": audience},
        exp=essential,
        iat=essential,
        jti=essential,
        sub=essential,
        body=essential,
        roles={"essential": True, "allow_blank": True},
    )
    try:
        decoded = jwt.decode(token, lambda header: _key_of(header, keys), algorithms=["HS256"])
        registry.validate(decoded.claims)
    except (JoseError, KeyError, ValueError, TypeError) as error:
        raise CallerRefused("the caller context is missing, forged or expired") from error
    return decoded.claims


def _key_of(message: GuestProtocol, keys: SubgraphKeys) -> OctKey:
    return _key(keys.secrets[message.headers()["kid"]])


@lru_cache(maxsize=64)
def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(secret)
