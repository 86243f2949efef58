"""Keys of the gateway's own, all made from the instance's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer
from c360_kernel.held_keys import check_value, hold, is_former, lost, replaced, was_held
from c360_kernel.keyfile import secret_of
from c360_policy.mask.tokens import MaskTokens

from c360_gateway.doors.graphql.schema import SUBGRAPH
from c360_gateway.settings import GatewaySettings

_TOKENS = "mask-tokens"


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses of the instance key can be compared."""
    return hmac.digest(key, f"c360-gateway:{purpose}".encode(), hashlib.sha256)


def cursor_keys(instance_key: bytes) -> SubgraphKeys:
    """Keys of the gateway's own cursors: all its replicas hold the instance's key."""
    return SubgraphKeys(SUBGRAPH, {SUBGRAPH: instance_key})


def mask_tokens(settings: GatewaySettings, instance_key: bytes) -> MaskTokens:
    """Seals tokens under `mask-tokens.key` where there is one, else under a key of the instance's.

    Tokens of `mask-tokens.previous.key`, and of before there was either, are opened as well. One
    that is lost is not made up for by the instance's (`SettingsError`, KEY_MISSING), and another
    in its place is refused (KEY_REPLACED) unless the one of before is there.
    """
    secrets = {**_held(settings.data / "keys"), "instance": derived(instance_key, _TOKENS)}
    current = _TOKENS if _TOKENS in secrets else "instance"
    return MaskTokens(CursorSealer(SubgraphKeys(current, secrets)))


def _held(keys: Path) -> Mapping[str, bytes]:
    current, previous = keys / f"{_TOKENS}.key", keys / f"{_TOKENS}.previous.key"
    if was_held(current) and not current.exists():
        raise lost(current)
    found = {file.stem: secret_of(file) for file in (current, previous) if file.exists()}
    values = {name: check_value(secret) for name, secret in found.items()}
    former = values.get(previous.stem)
    if former is not None and not is_former(current, former):
        raise replaced(previous, mark_of=current)
    if current.stem in values:
        hold(current, values[current.stem], former)
    return found
