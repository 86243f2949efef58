"""What is kept of a tree before its oldest entries go, so that a store that is lost is no loss.

A store that is filled anew from a log whose oldest entries are gone has not their hashes.
"""

from __future__ import annotations

from c360_kernel.errors import Unusable

from c360_audit.domain.merkle.checking import is_beginning
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.signed_edge import edge_text, tiles_at
from c360_audit.domain.merkle.tiles import Edge, TileName
from c360_audit.domain.placed_entry import ABSENT
from c360_audit.store.proofs import TreeProofs
from c360_audit.store.signing import TreeSigner
from c360_audit.store.trees import AuditTrees


async def cut_edge(trees: AuditTrees, signer: TreeSigner, partition: int, size: int) -> str | None:
    """The signed edge of the first `size` leaves; None for a tree that itself lacks the first ones.

    Raises `Unusable` (TREE_DAMAGED) where it is no beginning of the newest tree that was signed.
    """
    newest = Checkpoint.read((await trees.newest())[partition].partition("\n\n")[0] + "\n")
    tiles = await trees.tiles(partition, tiles_at(size))
    if tiles.get(TileName(0, 0), b"")[: len(ABSENT)] == ABSENT:
        return None
    try:
        edge = Edge(size, tiles)
    except KeyError:
        raise _damaged(newest.origin) from None
    proof = await TreeProofs(trees).consistency(partition, size, newest.size)
    if not is_beginning(size, edge.root(), newest.size, newest.root, proof):
        raise _damaged(newest.origin)
    return edge_text(edge, signer.cut(newest.origin, edge))


def _damaged(origin: str) -> Unusable:
    return Unusable(f"the tree of {origin} is not what was signed", code="TREE_DAMAGED")
