"""The issuers that settings name."""

from __future__ import annotations

from c360_kernel.errors import SettingsError

from c360_gateway.auth.attributes import read_attribute_map
from c360_gateway.auth.claims import MappedClaims, read_role_map
from c360_gateway.auth.issuers import (
    TOKEN_TYPE,
    UNTYPED,
    Issuer,
    OidcSettings,
    local_issuer,
    local_key,
    oidc_issuer,
)
from c360_gateway.settings import GatewaySettings

_TYPES = frozenset((TOKEN_TYPE, UNTYPED))


def issuers_of(settings: GatewaySettings) -> list[Issuer]:
    """The local issuer unless this is production, and the OIDC provider if there is one.

    Raises `SettingsError` when that leaves none, or keys cannot be read.
    """
    issuers: list[Issuer] = []
    if settings.mode != "production":
        key = local_key(settings.issuer_key_file)
        issuers.append(local_issuer(key, settings.token_max_life_s))
    if settings.oidc_issuer is not None:
        issuers.append(oidc_issuer(_provider(settings.oidc_issuer, settings)))
    if not issuers:
        raise SettingsError("production needs C360_OIDC_ISSUER: the local issuer is refused")
    return issuers


def _provider(name: str, settings: GatewaySettings) -> OidcSettings:
    if settings.oidc_jwks is None:
        raise SettingsError("C360_OIDC_ISSUER needs C360_OIDC_JWKS, where its keys are")
    return OidcSettings(
        issuer=name,
        jwks=settings.oidc_jwks,
        audience=settings.oidc_audience,
        token_types=_token_types(settings.oidc_token_types),
        claims=MappedClaims(
            roles=settings.oidc_roles_claim,
            purpose=settings.oidc_purpose_claim,
            sources=settings.oidc_sources_claim,
            role_map=read_role_map(settings.oidc_roles_map),
            attributes=read_attribute_map(settings.oidc_attributes),
        ),
        longest_life_s=settings.token_max_life_s,
        refresh_s=settings.oidc_jwks_refresh_s,
        max_age_s=settings.oidc_jwks_max_age_s,
    )


def _token_types(text: str) -> tuple[str, ...]:
    types = tuple(text.replace(",", " ").lower().split())
    if not types or not _TYPES.issuperset(types):
        raise SettingsError("C360_OIDC_TOKEN_TYPES is at+jwt, JWT or both")
    return types
