"""A proof in a form that others verify without us (C2SP `tlog-proof`)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That `leaf` stands at `index` of the tree that a signed checkpoint is about.

    `leaf` are the very bytes; their hash is SHA-256 of a zero byte and them. `hashes` go from
    the leaf's sibling to the root's child. `checkpoint` is the signed note.
    """

    index: int
    leaf: bytes
    hashes: Sequence[bytes]
    checkpoint: str

    @property
    def text(self) -> str:
        """As a `.tlog-proof` file, the leaf as its extra data."""
        hashes = "".join(f"{_base64(one)}\n" for one in self.hashes)
        extra = f"extra {_base64(self.leaf)}"
        return f"{_HEADER}\n{extra}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
