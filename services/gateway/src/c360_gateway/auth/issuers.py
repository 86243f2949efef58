"""Issuers whose tokens are accepted: the local one, and an OIDC provider by its JWKS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from c360_kernel.errors import SettingsError
from c360_kernel.keyfile import secret_of
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

AUDIENCE = "c360"
LOCAL_ISSUER = "c360-local"
TOKEN_TYPE = "at+jwt"
LOCAL_LIFETIME_S = 12 * 3600


@dataclass(frozen=True)
class Issuer:
    """An issuer, the algorithms it may sign with, and its keys by `kid`."""

    name: str
    audience: str
    algorithms: tuple[str, ...]
    keys: KeySet
    token_types: tuple[str, ...] = (TOKEN_TYPE,)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An OIDC provider: its issuer URL, our audience there, and a file holding its JWKS."""

    issuer: str
    jwks_file: Path
    audience: str = AUDIENCE
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA", "Ed25519")
    token_types: tuple[str, ...] = (TOKEN_TYPE, "JWT")


def local_key(file: Path) -> OctKey:
    """The data directory's own signing key, made at first use, readable by its owner alone."""
    return OctKey.import_key(secret_of(file), {"kid": "local", "alg": "HS256", "use": "sig"})


def local_issuer(key: OctKey) -> Issuer:
    """The issuer of `mint`. Production refuses it."""
    return Issuer(LOCAL_ISSUER, AUDIENCE, ("HS256",), KeySet([key]))


def oidc_issuer(settings: OidcSettings) -> Issuer:
    """An issuer from settings. Symmetric algorithms are refused: a public key is no secret."""
    if any(name.startswith("HS") or name == "none" for name in settings.algorithms):
        raise SettingsError("an OIDC issuer signs with asymmetric algorithms only")
    try:
        keys = KeySet.import_key_set(json.loads(settings.jwks_file.read_bytes()))
    except (OSError, ValueError, JoseError, KeyError, TypeError) as error:
        raise SettingsError(f"{settings.jwks_file.name} is not a readable JWKS") from error
    return Issuer(
        settings.issuer, settings.audience, settings.algorithms, keys, settings.token_types
    )


def mint(
    key: OctKey,
    subject: str,
    roles: Iterable[str],
    purpose: str = "",
    sources: Iterable[str] = (),
    lifetime_s: int = LOCAL_LIFETIME_S,
) -> str:
    """A token of the local issuer. `sources` are those it may write; `*` is every one."""
    now = int(time.time())
    claims = {
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime_s,
        "sub": subject,
        "roles": sorted(set(roles)),
        "purpose": purpose,
        "sources": sorted(set(sources)),
    }
    return jwt.encode({"alg": "HS256", "typ": TOKEN_TYPE, "kid": "local"}, claims, key)
