"""A role that its holder opened for a while: sealed, so that every gateway of an instance knows it.

The grant is given to whoever opened the role and sent along with each request that needs it. The
name of an opening stands in the audit; it says, to us alone, who that was.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from c360_kernel.cursors import CursorInvalid, CursorSealer
from c360_kernel.errors import Invalid

_GRANT, _NAME = "break-glass:grant", "break-glass:name"


class GlassInvalid(Invalid):
    """The grant is none, is somebody else's, or is over."""

    code = "BREAK_GLASS_INVALID"


class Opening(NamedTuple):
    """Who opened which role; `nonce` tells openings apart."""

    subject: str
    issuer: str
    role: str
    nonce: str


class Glass(NamedTuple):
    """A role that is open until `until` (seconds since the epoch), why, and under which ticket."""

    name: str
    role: str
    until: int
    reason: str
    ticket: str


class GlassSeal:
    """Makes and reads the texts that stand for openings."""

    def __init__(self, sealer: CursorSealer) -> None:
        self._sealer = sealer

    def named(self, subject: str, issuer: str, role: str) -> str:
        """A name for a new opening."""
        opening = Opening(subject, issuer, role, secrets.token_urlsafe(9))
        return self._sealer.seal(_NAME, opening)

    def opening(self, name: str) -> Opening:
        """Whose opening a name stands for. Raises `GlassInvalid`."""
        try:
            return Opening(*self._sealer.open(_NAME, name))
        except (CursorInvalid, TypeError):
            raise GlassInvalid("no opening has this id") from None

    def grant(self, glass: Glass) -> str:
        """The text that its holder sends along."""
        return self._sealer.seal(_GRANT, glass)

    def glass(self, grant: str, subject: str, issuer: str, now_s: float) -> Glass:
        """What somebody opened. Raises `GlassInvalid` for another's, and for what is over."""
        try:
            glass = Glass(*self._sealer.open(_GRANT, grant))
        except (CursorInvalid, TypeError):
            raise GlassInvalid("this is no grant of a role") from None
        opening = self.opening(glass.name)
        if (opening.subject, opening.issuer) != (subject, issuer):
            raise GlassInvalid("this grant is somebody else's")
        if glass.until <= now_s:
            raise GlassInvalid("this grant is over")
        return glass
