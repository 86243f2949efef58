"""What every store that is fed from a log must do about where that comes from."""

from __future__ import annotations

from c360_kernel.log.identity import Origin
from c360_kernel.projection.origin import Claimed

_NAMELESS = Origin("a" * 32)
_OURS = Origin("a" * 32, "ours")
_OTHERS = (Origin("b" * 32, "theirs"), Origin("b" * 32, "ours"), Origin("a" * 32, "theirs"))


async def expect_claimed_once(store: Claimed) -> None:
    """It belongs to who came first, whose name may be told later, and to nobody else then."""
    assert await store.claimed(_NAMELESS) == _NAMELESS
    assert await store.claimed(_OTHERS[0]) == _NAMELESS
    assert await store.claimed(_OURS) == _OURS
    for other in _OTHERS:
        assert await store.claimed(other) == _OURS
    assert await store.claimed(_NAMELESS) == _OURS
