"""Issuers whose tokens are accepted: the local one, and an OIDC provider by its JWKS."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from c360_kernel.context import Attributes
from c360_kernel.errors import SettingsError
from c360_kernel.held_keys import note_held, was_held
from c360_kernel.keyfile import secret_of
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from c360_gateway.auth.claims import Claims, MappedClaims, Rights, local_rights
from c360_gateway.auth.jwks import JwksInvalid, JwksUrl, jwks_source
from c360_gateway.auth.keys import FixedKeys, IssuerKeys, LiveKeys

AUDIENCE = "c360"
LOCAL_ISSUER = "c360-local"
TOKEN_TYPE = "at+jwt"
UNTYPED = "jwt"
LOCAL_LIFETIME_S = 12 * 3600
LONGEST_LIFE_S = 24 * 3600
_logger = logging.getLogger(__name__)
_LOCAL_CLAIMS = ("iss", "aud", "exp", "iat", "sub", "roles", "purpose", "sources")
_PROVIDER_CLAIMS = ("iss", "aud", "exp", "sub")


@dataclass(frozen=True)
class Issuer:
    """An issuer: the algorithms it may sign with, its keys, and what its tokens have to say.

    `token_types` are in lower case; `jwt` also stands for tokens without a type. A token whose
    whole life is longer than `longest_life_s` is refused.
    """

    name: str
    audience: str
    algorithms: tuple[str, ...]
    keys: IssuerKeys
    rights: Callable[[Claims], Rights]
    essential: tuple[str, ...]
    longest_life_s: float = LONGEST_LIFE_S
    token_types: tuple[str, ...] = (TOKEN_TYPE,)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An OIDC provider: its issuer URL, its keys, our audience there, and what its claims mean.

    `jwks` is a file or an https address, asked again every `refresh_s`; keys that cannot be read
    again are trusted for `max_age_s`.
    """

    issuer: str
    jwks: Path | str
    audience: str = AUDIENCE
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA", "Ed25519")
    token_types: tuple[str, ...] = (TOKEN_TYPE, UNTYPED)
    claims: MappedClaims = field(default_factory=MappedClaims)
    longest_life_s: float = LONGEST_LIFE_S
    refresh_s: float = 300.0
    max_age_s: float = 3600.0


def local_key(file: Path) -> OctKey:
    """The data directory's own signing key, made at first use, readable by its owner alone."""
    is_lost = was_held(file) and not file.exists()
    secret = secret_of(file)
    note_held(file)
    if is_lost:
        _logger.warning("%s was not there and is made anew: tokens of before end", file)
    return OctKey.import_key(secret, {"kid": "local", "alg": "HS256", "use": "sig"})


def local_issuer(key: OctKey, longest_life_s: float = LONGEST_LIFE_S) -> Issuer:
    """The issuer of `mint`. Production refuses it."""
    keys = FixedKeys(KeySet([key]))
    return Issuer(
        LOCAL_ISSUER, AUDIENCE, ("HS256",), keys, local_rights, _LOCAL_CLAIMS, longest_life_s
    )


def oidc_issuer(settings: OidcSettings) -> Issuer:
    """An issuer from settings. Symmetric algorithms are refused: a public key is no secret.

    A file is read now; an address is asked once the gateway starts.
    """
    if any(name.startswith("HS") or name == "none" for name in settings.algorithms):
        raise SettingsError("an OIDC issuer signs with asymmetric algorithms only")
    source = jwks_source(settings.jwks, settings.refresh_s)
    keys = LiveKeys(source, settings.max_age_s)
    if not isinstance(source, JwksUrl):
        _read_now(keys, Path(settings.jwks).name)
    return Issuer(
        name=settings.issuer,
        audience=settings.audience,
        algorithms=settings.algorithms,
        keys=keys,
        rights=settings.claims,
        essential=_PROVIDER_CLAIMS,
        longest_life_s=settings.longest_life_s,
        token_types=settings.token_types,
    )


def _read_now(keys: LiveKeys, name: str) -> None:
    try:
        keys.read_now()
    except (OSError, JwksInvalid) as error:
        raise SettingsError(f"{name} is not a readable JWKS") from error


def mint(
    key: OctKey,
    subject: str,
    roles: Iterable[str],
    purpose: str = "",
    sources: Iterable[str] = (),
    lifetime_s: int = LOCAL_LIFETIME_S,
    attributes: Attributes = (),
) -> str:
    """A token of the local issuer. `sources` are those it may write; `*` is every one."""
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime_s,
        "jti": secrets.token_urlsafe(12),
        "sub": subject,
        "roles": sorted(set(roles)),
        "purpose": purpose,
        "sources": sorted(set(sources)),
    }
    if attributes:
        claims["attributes"] = {name: list(values) for name, values in attributes}
    return jwt.encode({"alg": "HS256", "typ": TOKEN_TYPE, "kid": "local"}, claims, key)
