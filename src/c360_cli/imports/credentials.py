"""The token that an import uses when it is given none."""

from __future__ import annotations

from pathlib import Path

_ROLE = "connector"


def connector_token(data: Path, source: str) -> str:
    """A token of the data directory's own issuer that may write one source."""
    # A domain service's image holds this command without the gateway.
    from c360_gateway.auth.issuers import local_key, mint  # noqa: PLC0415

    return mint(local_key(data / "keys" / "token.key"), "c360-import", [_ROLE], sources=[source])
