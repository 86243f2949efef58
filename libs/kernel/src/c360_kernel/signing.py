"""The keys that an instance signs with, and those that it signed with before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from c360_kernel.jws import PublicKey, signed_apart
from c360_kernel.signed_note import NoteSigner, NoteVerifier, signed

_NAMES = 64


@dataclass(frozen=True)
class SigningKeys:
    """`active` holds 32 secret bytes each: the key, and the one of before while keys rotate.

    `retired` are the public keys, 32 bytes each, of those that are gone: what they have signed is
    believed still.
    """

    active: tuple[bytes, ...]
    retired: tuple[bytes, ...] = ()

    def signed(self, name: str, text: str) -> str:
        """The note of a text, signed under a name with each key."""
        return signed(text, _signers(self.active, name))

    def verifiers(self, name: str) -> Sequence[NoteVerifier]:
        """Whom to believe what is signed under a name, the present key first."""
        present = [signer.verifier for signer in _signers(self.active, name)]
        return [*present, *(NoteVerifier.ed25519(name, public) for public in self.retired)]

    def signed_apart(self, type_: str, value: object) -> str:
        """The detached signature of JSON of a type, with the present key."""
        return signed_apart(self.active[0], type_, value)

    @property
    def public(self) -> Sequence[PublicKey]:
        """By which keys to believe what is signed apart, the present one first."""
        return [*map(PublicKey.of, self.active), *map(PublicKey, self.retired)]


@lru_cache(_NAMES)
def _signers(active: tuple[bytes, ...], name: str) -> Sequence[NoteSigner]:
    return [NoteSigner(name, key) for key in active]
