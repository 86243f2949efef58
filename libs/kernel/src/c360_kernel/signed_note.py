"""Texts signed with Ed25519, as C2SP `signed-note` says: lines, an empty line, signature lines."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from c360_kernel.errors import Invalid

_ED25519, _COSIGNATURE = b"\x01", b"\x04"
_TIME_BYTES = 8
_MOST_BYTES = 100_000
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line of a note: whose it says that it is, the id of the key, the signature."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note."""
        blob = base64.b64encode(self.key_id + self.signature).decode()
        return f"— {self.name} {blob}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and who says to have signed it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def read(cls, note: str) -> Self:
        """Take a note apart and believe nothing of it. Raises `Invalid` (NOTE_INVALID)."""
        text, separator, lines = note.rpartition("\n\n")
        if len(note) > _MOST_BYTES or not separator or _CONTROL.search(note) or not text:
            raise _invalid("it is no signed note")
        if not lines.endswith("\n"):
            raise _invalid("its last line has no end")
        return cls(text + "\n", tuple(map(_signature, lines.splitlines())))

    @property
    def whole(self) -> str:
        """As it is written."""
        return f"{self.text}\n{''.join(one.line for one in self.signatures)}"


class NoteSigner:
    """Signs notes under a name with a key, which is 32 secret bytes."""

    def __init__(self, name: str, key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = NoteVerifier(name, _ED25519, public)

    def sign(self, text: str) -> Signature:
        """The signature of a text that ends with a newline."""
        verifier = self.verifier
        return Signature(verifier.name, verifier.key_id, self._key.sign(text.encode()))


class NoteVerifier:
    """Knows who signed, by a public key: of plain signatures or of a witness's cosignatures."""

    def __init__(self, name: str, kind: bytes, public: bytes) -> None:
        self.name = name
        self._kind, self.public = kind, public
        self._key = Ed25519PublicKey.from_public_bytes(public)
        identity = name.encode() + b"\n" + kind + public
        self.key_id = hashlib.sha256(identity).digest()[:4]

    @classmethod
    def ed25519(cls, name: str, public: bytes) -> Self:
        """Of plain signatures under a public key of 32 bytes."""
        return cls(name, _ED25519, public)

    @classmethod
    def read(cls, vkey: str) -> Self:
        """A verifier key: `name+id+key`. Raises `Invalid` (NOTE_KEY_INVALID)."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            held = base64.b64decode(encoded, validate=True)
            found = cls(name, held[:1], held[1:])
        except (binascii.Error, ValueError):
            found = None
        if found is None or not name or found._kind not in (_ED25519, _COSIGNATURE):
            raise Invalid("this is no verifier key: NAME+ID+KEY", code="NOTE_KEY_INVALID")
        if found.key_id.hex() != key_id:
            raise Invalid("the id of this verifier key is another's", code="NOTE_KEY_INVALID")
        return found

    @property
    def vkey(self) -> str:
        """As others are told it."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self._kind + self.public)}"

    def knows(self, signature: Signature) -> bool:
        """Whether a signature says to be under this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def is_true(self, text: str, signature: Signature) -> bool:
        """Whether it is a signature of this text."""
        signed, note = signature.signature, text
        if self._kind == _COSIGNATURE:
            time, signed = signed[:_TIME_BYTES], signed[_TIME_BYTES:]
            note = f"cosignature/v1\ntime {int.from_bytes(time)}\n{text}"
        try:
            self._key.verify(signed, note.encode())
        except InvalidSignature:
            return False
        return True


def signed(text: str, signers: Iterable[NoteSigner]) -> str:
    """The note of a text, signed by each."""
    return Note(text, tuple(signer.sign(text) for signer in signers)).whole


def verified(note: str, verifiers: Sequence[NoteVerifier]) -> str:
    """The text of a note that a known key has signed. Raises `Invalid`.

    NOTE_INVALID: it is no note, or one of its signatures under a known key is false.
    NOTE_UNSIGNED: nobody known has signed it.
    """
    held = Note.read(note)
    known = [(v, s) for s in held.signatures for v in verifiers if v.knows(s)]
    if not all(verifier.is_true(held.text, signature) for verifier, signature in known):
        raise _invalid("a signature is false")
    if not known:
        raise Invalid("nobody known has signed this note", code="NOTE_UNSIGNED")
    return held.text


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    try:
        blob = base64.b64decode(found[2], validate=True) if found else b""
    except (binascii.Error, ValueError):
        blob = b""
    if found is None or len(blob) <= 4:
        raise _invalid("a signature line cannot be read")
    return Signature(found[1], blob[:4], blob[4:])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _invalid(why: str) -> Invalid:
    return Invalid(f"not to be believed: {why}", code="NOTE_INVALID")
