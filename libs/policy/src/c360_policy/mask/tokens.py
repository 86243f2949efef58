"""Tokens: values sealed so that who holds the key reads them again, and equal ones stay equal.

AES-SIV (RFC 5297) under a key of the instance; `c360_kernel.cursors` pads what it seals, so that a
token says no more of a value's length than which power of two it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from c360_kernel.catalog.normalizers.phone import normalize_phone
from c360_kernel.cursors import CursorInvalid, CursorSealer

from c360_policy.mask.kinds import Kind, Kinds
from c360_policy.mask.structure import folded, mailbox_of

TOKEN_PREFIX = "tok_"
_SEALED_FOR = "mask:token"


class Sealed(NamedTuple):
    """What a token holds: the tags of the value, joined, and the value."""

    scope: str
    value: str

    @property
    def tags(self) -> frozenset[str]:
        """The tags of the value."""
        return frozenset(self.scope.split("+"))


class MaskTokens:
    """Makes tokens under the current key of an instance, and opens those of its other keys, too."""

    def __init__(self, sealer: CursorSealer) -> None:
        self._sealer = sealer

    def seal(self, sealed: Sealed) -> str:
        """The token of a value: the same for equal values with the same tags."""
        return TOKEN_PREFIX + self._sealer.seal(_SEALED_FOR, sealed)

    def open(self, token: str) -> Sealed | None:
        """What a token holds; None for what is no token of this instance."""
        try:
            return Sealed(*self._sealer.open(_SEALED_FOR, token.removeprefix(TOKEN_PREFIX)))
        except (CursorInvalid, TypeError):
            return None

    def mask(self, scope: str, kinds: Kinds, regions: tuple[str, ...]) -> Callable[[str], str]:
        """The mask over values with these tags; equal for what is one phone number or address."""

        def masked(value: str) -> str:
            return self.seal(Sealed(scope, _normal(value, kinds, regions)))

        return masked


def _normal(value: str, kinds: Kinds, regions: tuple[str, ...]) -> str:
    text = folded(value)
    if Kind.EMAIL in kinds and (mailbox := mailbox_of(text)) is not None:
        return "@".join(mailbox)
    if Kind.PHONE in kinds:
        dialled = (normalize_phone(text, region) for region in regions)
        return next((number for number in dialled if number is not None), value)
    return value
