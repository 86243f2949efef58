"""Web pages that may send tracking calls: of the origins that are listed, and that keys name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from c360_kernel.errors import Invalid

from c360_gateway.auth.principal import Principal

ORIGIN_FORBIDDEN = "ORIGIN_FORBIDDEN"


class KeyOrigins(Protocol):
    """The origins that write keys name."""

    def lists(self, origin: str) -> bool:
        """Whether a key that is accepted names it."""
        ...

    def origins_of(self, key_id: str) -> frozenset[str]:
        """Those that a key names; none for one that is bound to no origin, or is no key."""
        ...


@dataclass(frozen=True, slots=True)
class Pages:
    """Who may ask at all, and with which key. `listed` may use every key."""

    listed: frozenset[str]
    keys: KeyOrigins

    def __contains__(self, origin: object) -> bool:
        """Whether pages of this origin may call with some key."""
        return isinstance(origin, str) and (origin in self.listed or self.keys.lists(origin))

    def admit(self, origin: str, principal: Principal) -> None:
        """Raises `Invalid` (ORIGIN_FORBIDDEN) for a page whose origin its key does not name.

        It keeps a key from being used by pages of others. Who is no browser sends what it likes.
        """
        named = self.keys.origins_of(principal.token_id)
        if named and origin not in named and origin not in self.listed:
            message = "this write key is for pages of other origins"
            raise Invalid(message, code=ORIGIN_FORBIDDEN)
