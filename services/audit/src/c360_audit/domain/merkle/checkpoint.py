"""A checkpoint says how large a tree is and what its root is (C2SP `tlog-checkpoint`)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Self

from c360_kernel.errors import Invalid

from c360_audit.domain.merkle.hashing import SIZE

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree named `origin`, of so many leaves."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Self:
        """The checkpoint that a text is. Raises `Invalid` (CHECKPOINT_INVALID)."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):
            raise _invalid()
        return cls(lines[0], int(lines[1]), _hash(lines[2]))


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != SIZE or base64.b64encode(found).decode() != line:
        raise _invalid()
    return found


def _invalid() -> Invalid:
    return Invalid("this is no checkpoint: origin, size and root", code="CHECKPOINT_INVALID")
