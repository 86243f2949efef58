"""What is done to access itself, made from settings and keys."""

from __future__ import annotations

from c360_kernel.context import SubgraphKeys
from c360_kernel.cursors import CursorSealer

from c360_gateway.assembly.base import Base
from c360_gateway.assembly.keys import derived, mask_tokens
from c360_gateway.auth.break_glass import GlassSeal
from c360_gateway.control.break_glass import BreakGlass
from c360_gateway.control.detokenizing import Detokenizer
from c360_gateway.control.revoking import TokenRevoker
from c360_gateway.control.token_holders import TokenHolders
from c360_gateway.doors.graphql.control import Control
from c360_gateway.transport.consent_states import ConsentStates

_PURPOSE = "break glass"


def glass_seal(instance_key: bytes) -> GlassSeal:
    """All gateways of an instance hold its key, and so know what another one opened."""
    keys = SubgraphKeys("instance", {"instance": derived(instance_key, _PURPOSE)})
    return GlassSeal(CursorSealer(keys))


def control_of(base: Base, holders: TokenHolders, consents: ConsentStates) -> Control:
    """The mutations on access."""
    settings, key = base.settings, base.instance_key
    seal = glass_seal(key)
    return Control(
        BreakGlass(seal, base.writer, settings.break_glass_minutes),
        TokenRevoker(settings.revoked_file, base.writer),
        Detokenizer(mask_tokens(settings, key), base.writer, holders, consents),
    )
