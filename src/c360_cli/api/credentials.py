"""Tokens of the data directory's own issuer. Production refuses them."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from c360_kernel.catalog import load_catalog
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import check_source
from c360_kernel.errors import Invalid
from c360_kernel.payload import OperationAudited

from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator


def local_token(
    data: Path,
    roles: Sequence[str],
    subject: str,
    purpose: str = "",
    sources: Sequence[str] = (),
    lifetime_s: int | None = None,
    attributes: Sequence[str] = (),
) -> str:
    """A token for the local instance; without `sources` it may write every one.

    Without `lifetime_s` it lives for twelve hours. `attributes` are written `name=value`.
    """
    # A domain service's image holds this command without the gateway.
    from c360_gateway.auth.attributes import read_attributes  # noqa: PLC0415
    from c360_gateway.auth.issuers import LOCAL_LIFETIME_S, local_key, mint  # noqa: PLC0415
    from c360_gateway.auth.principal import EVERY_SOURCE  # noqa: PLC0415

    key = local_key(data / "keys" / "token.key")
    return mint(
        key,
        subject,
        roles,
        purpose,
        sources or [EVERY_SOURCE],
        lifetime_s or LOCAL_LIFETIME_S,
        read_attributes(attributes),
    )


def minting_of(token: str, subject: str) -> OperationAudited:
    """The act of minting a token: whom it speaks for, with which rights, never the token."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    expires = datetime.fromtimestamp(claims["exp"], UTC).isoformat()
    lists = {name: ",".join(claims[name]) for name in ("roles", "sources")}
    act = by_operator("token_minted", subject, purpose=claims["purpose"], expires=expires, **lists)
    return replace(act, token_id=claims["jti"])


def connector_token(data: Path, *sources: str) -> str:
    """A token that may write these sources, every one if none is named.

    Raises `Invalid` (UNKNOWN_SOURCE) for one that the instance's catalog has not. The instance
    itself could not tell the nearest: the token would be for the mistyped name alone.
    """
    refuse_unknown_sources(DataDirectory(data), sources)
    return local_token(data, ["connector"], "c360-import", sources=sources)


def refuse_unknown_sources(directory: DataDirectory, sources: Sequence[str]) -> None:
    """Raise `Invalid` (UNKNOWN_SOURCE) for one that the instance's catalog has not."""
    catalog = _catalog_of(directory) if sources else None
    if catalog is None:
        return
    for problem in filter(None, (check_source(catalog, source) for source in sources)):
        raise Invalid(problem.message, code=problem.code)


def identifier_types(directory: DataDirectory) -> Collection[str]:
    """The types of identifiers of the instance's catalog; none where that is elsewhere."""
    catalog = _catalog_of(directory)
    return () if catalog is None else tuple(catalog.identifiers)


def _catalog_of(directory: DataDirectory) -> Catalog | None:
    in_force = directory.catalog_in_force
    path = in_force if in_force.exists() else directory.catalog
    return load_catalog(path) if path.exists() else None
