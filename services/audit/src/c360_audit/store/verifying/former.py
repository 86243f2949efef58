"""Checkpoints of a tree whose first hashes were lost with its store.

A store that is filled anew from a log whose oldest entries are gone has leaves that say so in their
places, so its tree is another. Checkpoints of before are checked by what was kept of the tree
before these entries went, and by the entries that are there still.
"""

from __future__ import annotations

from collections.abc import Sequence

from c360_kernel.errors import Invalid

from c360_audit.domain.findings import Finding
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import SIZE
from c360_audit.domain.merkle.signed_edge import read_edge
from c360_audit.domain.merkle.tiles import WIDTH, Edge, TileName
from c360_audit.store.trees import AuditTrees
from c360_audit.store.verifying.anchors import Anchor, Anchors

_LOST = "LEAVES_LOST"
_TILES = 256


class Edges:
    """The edges that are to be believed, by partition."""

    def __init__(self, texts: Sequence[str], anchors: Anchors) -> None:
        self._known: dict[int, list[Edge]] = {}
        for text in texts:
            partition = anchors.partition_of(text.partition("\n\n")[2])
            if partition is None:
                continue
            try:
                _, edge = read_edge(text, anchors.text_of)
            except Invalid:
                continue
            self._known.setdefault(partition, []).append(edge)

    def of(self, partition: int, absent: int) -> Edge | None:
        """The smallest one that no leaf which is absent follows; None where there is none."""
        held = [one for one in self._known.get(partition, ()) if one.size >= absent]
        return min(held, key=lambda one: one.size, default=None)


class Former:
    """Checks what was signed of the tree that was there before.

    Of the partition's leaves the first `absent` are lost; those before `trimmed` may be, as was
    signed.
    """

    def __init__(self, trees: AuditTrees, partition: int, absent: int, trimmed: int) -> None:
        self._trees = trees
        self._partition = partition
        self._absent = absent
        self._trimmed = trimmed

    async def check(self, anchors: Sequence[Anchor], edge: Edge | None) -> Sequence[Finding]:
        """What is wrong with the entries that were signed, or cannot be checked any more."""
        if not self._absent:
            return []
        found = [] if self._absent <= self._trimmed else [self._lost("their entries are gone")]
        unknown = [one for one in anchors if not self._is_known(one.checkpoint, edge)]
        if unknown:
            sources = ", ".join(sorted({one.source for one in unknown}))
            found.append(self._lost(f"what {sources} says of before cannot be checked"))
        for one in sorted(anchors, key=lambda one: one.checkpoint.size):
            if edge is not None and one.checkpoint.size >= edge.size:
                found += await self._compare(one, edge)
        return found

    def _is_known(self, checkpoint: Checkpoint, edge: Edge | None) -> bool:
        """One that is about nothing but entries which may be gone says nothing of what is left."""
        if edge is not None and checkpoint.size >= edge.size:
            return True
        return checkpoint.size <= self._trimmed

    async def _compare(self, anchor: Anchor, edge: Edge) -> Sequence[Finding]:
        """Let the edge grow up to the checkpoint; the hashes of the leaves were checked before."""
        checkpoint, first = anchor.checkpoint, edge.size
        leaves = await self._leaves(first, checkpoint.size)
        if edge.grown(leaves).root == checkpoint.root:
            return []
        message = f"what stands here is not what {anchor.source} says was signed"
        place = self._partition, first, max(first, checkpoint.size - 1)
        return [Finding("changed", "checkpoint", *place, message)]

    async def _leaves(self, first: int, end: int) -> Sequence[bytes]:
        numbers = range(first // WIDTH, -(-end // WIDTH))
        held: dict[int, bytes] = {}
        for at in range(0, len(numbers), _TILES):
            names = [TileName(0, number) for number in numbers[at : at + _TILES]]
            for name, hashes in (await self._trees.tiles(self._partition, names)).items():
                for nth in range(0, len(hashes), SIZE):
                    held[name.number * WIDTH + nth // SIZE] = hashes[nth : nth + SIZE]
        return [held.get(offset, bytes(SIZE)) for offset in range(first, end)]

    def _lost(self, message: str) -> Finding:
        message = f"{_LOST}: the store was filled anew from a log that began later: {message}"
        return Finding("lost", "tree", self._partition, 0, self._absent - 1, message)
