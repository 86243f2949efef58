"""Verify bearer tokens; remember the verified ones for a minute, or until trust changes."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.util import urlsafe_b64decode
from typing_extensions import override

from c360_gateway.auth.connectors.file import ISSUER as CONNECTORS
from c360_gateway.auth.connectors.file import ConnectorKeys
from c360_gateway.auth.connectors.key import PREFIX
from c360_gateway.auth.errors import Reason, TokenRefused, Unauthenticated
from c360_gateway.auth.issuers import Issuer
from c360_gateway.auth.principal import Principal, TokenValidity
from c360_gateway.auth.refusals import RefusalLog
from c360_gateway.auth.revocation import Revocations
from c360_gateway.auth.trusted import Accepted, Trusted

MAX_TOKEN_BYTES = 8_000
_REMEMBER_S = 60
_REMEMBER_MOST = 10_000
_LOOK_AGAIN_S = 1.0
_CONNECTOR = PREFIX.encode()


class TokenVerifier:
    """Turns an `Authorization` header into a principal, or raises `Unauthenticated`.

    A bearer shows a token of an issuer, or the key of a connector. Keys and revocations are looked
    at every second while it is watched; what was verified before they changed is verified anew.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        now_s: Callable[[], float] = time.time,
        revoked: Path | None = None,
        connectors: ConnectorKeys | None = None,
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._connectors = connectors
        self._revocations = None if revoked is None else Revocations(revoked)
        self._now_s = now_s
        self._log = RefusalLog()
        self._changed = asyncio.Event()
        self._trust_anew()

    async def start(self) -> None:
        """Ask for keys that were not had yet; that they cannot be had is no error."""
        await self.refresh()

    async def watch(self) -> None:
        """Look for other keys and revocations for ever."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Take other keys and revocations, if there are."""
        changed = [await issuer.keys.refresh() for issuer in self._issuers.values()]
        if self._revocations is not None:
            changed.append(self._revocations.refresh())
        if self._connectors is not None:
            changed.append(self._connectors.refresh())
        if any(changed):
            self._trust_anew()
            before, self._changed = self._changed, asyncio.Event()
            before.set()

    async def trusts_otherwise(self) -> None:
        """Return at the next change of keys or revocations."""
        await self._changed.wait()

    async def confirmed(self) -> bool:
        """Whether the keys of every issuer could be read when they were last looked for."""
        return all(issuer.keys.confirmed for issuer in self._issuers.values())

    def keys_in_use(self) -> Mapping[str, str]:
        """By issuer what names the keys that are trusted now, and says nothing of secrets."""
        return {name: _named(issuer.keys.current) for name, issuer in self._issuers.items()}

    def revocations_in_use(self) -> str:
        """Names the revocations in force; empty where there are none."""
        return "" if self._revocations is None else self._revocations.mark

    def authenticate(self, authorization: str | None) -> Principal:
        """The principal of a `Bearer` header."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("a bearer token is needed")
        if len(token) > MAX_TOKEN_BYTES:
            raise self._refused(Reason.TOO_LARGE)
        encoded = token.encode()
        name = hashlib.sha256(encoded).digest()
        known = self._remembered.get(name)
        if known is not None and self._now_s() < known[0]:
            return known[1]
        principal = self._verified(encoded)
        self._remember(name, principal)
        return principal

    def _trust_anew(self) -> None:
        self._trusted = {
            name: Trusted(issuer, issuer.keys.current, self._now_s)
            for name, issuer in self._issuers.items()
        }
        self._remembered: dict[bytes, tuple[float, Principal]] = {}

    def _remember(self, name: bytes, principal: Principal) -> None:
        now = self._now_s()
        self._remembered.pop(name, None)
        while self._remembered and self._is_to_go(next(iter(self._remembered)), now):
            del self._remembered[next(iter(self._remembered))]
        self._remembered[name] = (min(now + _REMEMBER_S, principal.expires_at), principal)

    def _is_to_go(self, oldest: bytes, now: float) -> bool:
        return len(self._remembered) >= _REMEMBER_MOST or self._remembered[oldest][0] <= now

    def _verified(self, token: bytes) -> Principal:
        try:
            if token.startswith(_CONNECTOR):
                return self._admitted(self._connector(token.decode()))
            _, payload, _ = token.split(b".")
            claims = orjson.loads(urlsafe_b64decode(payload))
            # The claims name the key; nothing else is believed before the signature is checked.
            return self._admitted(self._issuer(claims["iss"]).accept(token, claims))
        except TokenRefused as refused:
            raise self._refused(refused.reason) from refused
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._refused(Reason.MALFORMED) from error

    def _connector(self, shown: str) -> Accepted:
        if self._connectors is None:
            raise TokenRefused(Reason.KEY_UNKNOWN)
        return self._connectors.accept(shown)

    def _issuer(self, name: object) -> Trusted:
        if not isinstance(name, str) or name not in self._trusted:
            raise TokenRefused(Reason.ISSUER_UNKNOWN)
        return self._trusted[name]

    def _admitted(self, accepted: Accepted) -> Principal:
        validity = _TokenValidity(self, accepted)
        if not validity.holds():
            raise TokenRefused(Reason.REVOKED)
        credential, rights = accepted.credential, accepted.rights
        return Principal(
            subject=credential.subject,
            roles=credential.roles,
            purpose=rights.purpose,
            sources=rights.sources,
            expires_at=accepted.expires_at,
            issuer=accepted.issuer,
            attributes=rights.attributes,
            token_id=credential.token_id or "",
            validity=validity,
        )

    def still_trusts(self, accepted: Accepted) -> bool:
        """Whether a token that was accepted once would be accepted again, its expiry aside."""
        revoked = self._revocations is not None and self._revocations.covers(accepted.credential)
        return not revoked and self._signers_of(accepted.issuer).has_key(accepted.key)

    def _signers_of(self, issuer: str) -> Trusted | ConnectorKeys:
        if issuer == CONNECTORS and self._connectors is not None:
            return self._connectors
        return self._trusted[issuer]

    def _refused(self, reason: Reason) -> Unauthenticated:
        self._log.note(reason)
        if reason is Reason.KEY_UNKNOWN:
            for issuer in self._issuers.values():
                issuer.keys.want()
        return Unauthenticated("the token is not accepted", reason)


class _TokenValidity(TokenValidity):
    """Implements `TokenValidity` by asking again."""

    def __init__(self, verifier: TokenVerifier, accepted: Accepted) -> None:
        self._verifier = verifier
        self._accepted = accepted

    @override
    def holds(self) -> bool:
        return self._verifier.still_trusts(self._accepted)

    @override
    async def ended(self) -> None:
        while self.holds():
            await self._verifier.trusts_otherwise()


def _named(keys: KeySet) -> str:
    names = [key.kid or "" for key in keys]
    public = [key.thumbprint() for key in keys if not isinstance(key, OctKey)]
    return ",".join(sorted((*names, *public)))
