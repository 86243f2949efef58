"""The edge of a tree beside its signed checkpoint, so that the tree goes on where it ended.

Whoever has it, and the hashes of the leaves that follow, makes the root of every later tree,
without one leaf of before.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from c360_kernel.errors import Invalid

from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.tiles import Edge, TileName, edge_of

_HEADER = "c360 audit edge v1"


def edge_text(edge: Edge, note: str) -> str:
    """As it is kept: a line for each level that is not full, an empty line, the checkpoint."""
    held = sorted((name.level, hashes) for name, hashes in edge.tiles.items())
    lines = "".join(f"{level} {base64.b64encode(hashes).decode()}\n" for level, hashes in held)
    return f"{_HEADER}\n{lines}\n{note}"


def read_edge(text: str, checked: Callable[[str], str]) -> tuple[Checkpoint, Edge]:
    """The edge that a text is; `checked` gives the text of a note that is to be believed.

    Raises `Invalid` (CHECKPOINT_INVALID), or what `checked` raises.
    """
    head, _, note = text.partition("\n\n")
    checkpoint = Checkpoint.read(checked(note))
    try:
        levels = dict(_levels(head))
        names = edge_of(checkpoint.size)
        edge = Edge(checkpoint.size, {name: levels[name.level] for name in names})
    except (KeyError, ValueError, binascii.Error):
        edge = None
    if edge is None or edge.root() != checkpoint.root:
        raise Invalid("these hashes are not what the checkpoint says", code="CHECKPOINT_INVALID")
    return checkpoint, edge


def _levels(head: str) -> Iterator[tuple[int, bytes]]:
    header, *lines = head.split("\n")
    if header != _HEADER:
        raise ValueError
    for line in lines:
        level, _, hashes = line.partition(" ")
        yield int(level), base64.b64decode(hashes, validate=True)


def tiles_at(size: int) -> set[TileName]:
    """The tiles that the edge of a tree of this size is made of, and the first of all."""
    return {TileName(0, 0), *edge_of(size)}
