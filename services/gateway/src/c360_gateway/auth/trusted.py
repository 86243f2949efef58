"""What a token of one issuer has to fulfil, made ready once for the keys of the moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import (
    ExpiredTokenError,
    InsecureClaimError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import Key, KeySet, guess_key
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from joserfc.util import urlsafe_b64decode

from c360_gateway.auth.claims import Claims, Rights
from c360_gateway.auth.errors import Reason, TokenRefused
from c360_gateway.auth.issuers import UNTYPED, Issuer
from c360_gateway.auth.revocation import Credential

_LEEWAY_S = 30
_HEADERS_MOST = 100
_BY_CLAIM = {
    "aud": Reason.AUDIENCE_WRONG,
    "nbf": Reason.NOT_YET_VALID,
    "iat": Reason.NOT_YET_VALID,
}
_PLAIN_CLAIMS = frozenset(
    ("iss", "aud", "sub", "exp", "iat", "jti", "roles", "purpose", "sources", "attributes")
)
# What only ID, logout and refresh tokens carry. Sources: OpenID Connect Core 2 and 3.3.2.11,
# Back-Channel Logout 2.4; `typ` and `token_use` are how Keycloak and Cognito tell them apart.
_ID_TOKEN_CLAIMS = frozenset(("nonce", "at_hash", "c_hash", "s_hash", "events"))
_OTHER_USES = frozenset(("id", "refresh", "offline", "logout"))


class Accepted(NamedTuple):
    """What a token says that passed every check: `key` is the thumbprint of who signed it."""

    issuer: str
    key: str
    credential: Credential
    rights: Rights
    expires_at: int


class _Signer(NamedTuple):
    """What the header of a token means: an algorithm's check, the key for it, and its type.

    `thumbprint` names the key: making it takes as long as a good part of a request.
    """

    verify: Callable[[bytes, bytes, Any], bool]
    key: Key
    token_type: str
    thumbprint: str


class Trusted:
    """Checks tokens of one issuer."""

    def __init__(self, issuer: Issuer, keys: KeySet, now_s: Callable[[], float]) -> None:
        self._issuer = issuer
        self._keys = keys
        self._thumbprints = frozenset(key.thumbprint() for key in keys)
        self._now_s = now_s
        # What a header does not call critical is passed over (RFC 7515, section 4).
        self._signatures = JWSRegistry(
            algorithms=list(issuer.algorithms), strict_check_header=False
        )
        essential: dict[str, Any] = {
            name: {"essential": True, "allow_blank": True} for name in issuer.essential
        }
        essential["iss"] = {"essential": True, "value": issuer.name}
        essential["aud"] = {"essential": True, "value": issuer.audience}
        essential["sub"] = {"essential": True}
        self._essential = essential.keys()
        self._signers: dict[bytes, _Signer] = {}
        self._claims = jwt.JWTClaimsRegistry(now=self._now, leeway=_LEEWAY_S, **essential)

    def has_key(self, thumbprint: str) -> bool:
        """Whether a key is trusted."""
        return thumbprint in self._thumbprints

    def accept(self, token: bytes, claims: dict[str, Any]) -> Accepted:
        """What a token says; raises `TokenRefused`, or what parsers raise for what is no token."""
        signed, _, signature = token.rpartition(b".")
        signer = self._signer(token, signed.partition(b".")[0])
        if not signer.verify(signed, urlsafe_b64decode(signature), signer.key):
            raise TokenRefused(Reason.SIGNATURE_WRONG)
        if signer.token_type == UNTYPED:
            _refuse_other_uses(claims)
        self._check(claims)
        return self._accepted(signer.thumbprint, claims)

    def _accepted(self, key: str, claims: Claims) -> Accepted:
        rights = self._issuer.rights(claims)
        credential = Credential(
            token_id=claims.get("jti"),
            subject=claims["sub"],
            roles=tuple(sorted(rights.roles)),
            issued_at=claims.get("iat", 0),
        )
        return Accepted(self._issuer.name, key, credential, rights, int(claims["exp"]))

    def _check(self, claims: dict[str, Any]) -> None:
        now = self._now()
        if not self._are_plain(claims, now):
            self._judge(claims)
        if claims["exp"] <= now:
            raise TokenRefused(Reason.EXPIRED)
        if claims["exp"] - claims.get("iat", now) > self._issuer.longest_life_s:
            raise TokenRefused(Reason.LIFE_TOO_LONG)

    def _are_plain(self, claims: dict[str, Any], now: int) -> bool:
        """Whether they are as almost all are, and nothing in them is to be judged: `_judge` agrees.

        The registry takes a hundred calls for it, which is a good part of a request.
        """
        subject, expires, issued = claims.get("sub"), claims.get("exp"), claims.get("iat")
        return (
            _PLAIN_CLAIMS >= claims.keys() >= self._essential
            and None not in claims.values()
            and claims["iss"] == self._issuer.name
            and claims["aud"] == self._issuer.audience
            and type(subject) is str
            and subject != ""
            and type(expires) is int
            and expires > now
            and type(issued) is int
            and issued <= now
            and type(claims.get("jti", "")) is str
        )

    def _judge(self, claims: dict[str, Any]) -> None:
        try:
            self._claims.validate(claims)
        except ExpiredTokenError:
            raise TokenRefused(Reason.EXPIRED) from None
        except MissingClaimError:
            raise TokenRefused(Reason.CLAIM_MISSING) from None
        except (InvalidClaimError, InsecureClaimError) as error:
            reason = _BY_CLAIM.get(error.claim, Reason.CLAIM_WRONG)
            raise TokenRefused(reason) from None

    def _signer(self, token: bytes, header: bytes) -> _Signer:
        """Headers repeat; one is only remembered with a valid token, so strangers add none."""
        known = self._signers.get(header)
        if known is None:
            known = self._read_signer(extract_compact(token))
            if len(self._signers) < _HEADERS_MOST:
                self._signers[header] = known
        return known

    def _read_signer(self, signed: CompactSignature) -> _Signer:
        headers = signed.headers()
        if not self._is_signed(signed):
            raise TokenRefused(Reason.SIGNATURE_WRONG)
        token_type = _type_of(headers.get("typ"))
        if token_type not in self._issuer.token_types:
            raise TokenRefused(Reason.TYPE_REFUSED)
        algorithm = self._signatures.get_alg(headers["alg"])
        key = guess_key(self._keys, signed, use="sig")
        return _Signer(algorithm.verify, key, token_type, key.thumbprint())

    def _is_signed(self, signed: CompactSignature) -> bool:
        try:
            return validate_compact(signed, self._keys, registry=self._signatures)
        except InvalidKeyIdError:
            raise TokenRefused(Reason.KEY_UNKNOWN) from None
        except UnsupportedAlgorithmError:
            raise TokenRefused(Reason.ALGORITHM_REFUSED) from None
        except JoseError:
            raise TokenRefused(Reason.MALFORMED) from None

    def _now(self) -> int:
        return int(self._now_s())


def _type_of(typ: object) -> str:
    """The type of a token as RFC 7515 means it; one without a type is `jwt`."""
    if typ is None:
        return UNTYPED
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else ""


def _refuse_other_uses(claims: Claims) -> None:
    """What is typed as any token may be one that was made for somebody else's eyes.

    `at+jwt` says what it is (RFC 9068); so does Keycloak's claim `typ` and Cognito's `token_use`.
    """
    use = claims.get("typ", claims.get("token_use"))
    if isinstance(use, str) and use.lower() in ("bearer", "access"):
        return
    is_other = isinstance(use, str) and use.lower() in _OTHER_USES
    if is_other or not _ID_TOKEN_CLAIMS.isdisjoint(claims):
        raise TokenRefused(Reason.ID_TOKEN)
