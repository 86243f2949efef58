"""The trees as a plain model: all leaves, hashed anew by the definition of RFC 6962."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from c360_kernel.errors import Unusable
from typing_extensions import override

from c360_audit.domain.merkle.hashing import EMPTY, node_hash, perfect_root
from c360_audit.domain.merkle.tiles import WIDTH, Growth, TileName
from c360_audit.domain.placed_entry import ABSENT, Place, PlacedEntry
from c360_audit.store.growing import by_partition
from c360_audit.store.reading import read_audited
from c360_audit.store.signing import TreeSigner
from c360_audit.store.trees import AuditTrees, KeptCheckpoint


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves, as the RFC defines it."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_of(leaves[:left]), root_of(leaves[left:]))


@dataclass(slots=True)
class _Tree:
    leaves: list[bytes] = field(default_factory=list[bytes])
    checkpoints: list[KeptCheckpoint] = field(default_factory=list[KeptCheckpoint])
    placed: dict[int, PlacedEntry] = field(default_factory=dict[int, PlacedEntry])


class MemoryTrees(AuditTrees):
    """AuditTrees that nothing of survives."""

    def __init__(self, signer: TreeSigner) -> None:
        self._signer = signer
        self._trees: dict[int, _Tree] = {}
        self._statements: dict[str, str] = {}

    def grow(self, log: str, placed: Iterable[PlacedEntry]) -> None:
        """Append to the trees."""
        for partition, those in by_partition(placed).items():
            tree = self._trees.setdefault(partition, _Tree())
            before = len(tree.leaves)
            for one in those:
                self._put(tree, one, before)
            if len(tree.leaves) > before:
                growth = Growth(len(tree.leaves), root_of(tree.leaves), {})
                note = self._signer.checkpoint(log, partition, growth)
                tree.checkpoints.append(KeptCheckpoint(before, growth.size, note))

    def _put(self, tree: _Tree, one: PlacedEntry, before: int) -> None:
        offset = one.place.offset
        if before and offset > len(tree.leaves):
            raise Unusable("entries are missing", code="TREE_DAMAGED")
        tree.placed.setdefault(offset, one)
        tree.leaves += [ABSENT] * (offset - len(tree.leaves))
        if offset == len(tree.leaves):
            tree.leaves.append(one.leaf_hash)

    def placed_counts(self) -> Mapping[int, int]:
        """How many entries of each partition it has anything of."""
        return {number: len(tree.placed) for number, tree in self._trees.items()}

    def forget(self, entry_ids: Collection[str]) -> None:
        """Nothing but their hashes stays of these entries."""
        for tree in self._trees.values():
            kept = {k: v for k, v in tree.placed.items() if v.entry_id not in entry_ids}
            tree.placed = kept

    async def newest(self) -> Mapping[int, str]:
        held = {number: tree.checkpoints for number, tree in self._trees.items()}
        return {number: those[-1].note for number, those in held.items() if those}

    async def checkpoints(self, partition: int, above: int, limit: int) -> Sequence[KeptCheckpoint]:
        held = self._trees.get(partition, _Tree()).checkpoints
        return [one for one in held if one.size > above][:limit]

    async def tiles(self, partition: int, names: Collection[TileName]) -> Mapping[TileName, bytes]:
        leaves = self._trees.get(partition, _Tree()).leaves
        found = {name: b"".join(_tile(leaves, name)) for name in names}
        return {name: hashes for name, hashes in found.items() if hashes}

    async def placed(self, partition: int, first: int, limit: int) -> Sequence[PlacedEntry]:
        held = self._trees.get(partition, _Tree()).placed
        return [held[offset] for offset in sorted(held) if offset >= first][:limit]

    async def place_of(self, entry_id: str) -> Place | None:
        found = [
            one.place
            for tree in self._trees.values()
            for one in tree.placed.values()
            if one.entry_id == entry_id
        ]
        return min(found, default=None)

    async def younger(self, before: int) -> Mapping[int, int]:
        return {number: _younger(tree, before) for number, tree in self._trees.items()}

    async def statements(self) -> Sequence[str]:
        return [note for _, note in sorted(self._statements.items())]

    @override
    async def state(self, name: str, note: str) -> None:
        self._statements[name] = note


def _younger(tree: _Tree, before: int) -> int:
    held = sorted(tree.placed.items())
    data = ((off, read_audited(one.entry_id, one.data or b"")) for off, one in held)
    return next((off for off, item in data if item.operation.at >= before), len(tree.leaves))


def _tile(leaves: Sequence[bytes], name: TileName) -> Sequence[bytes]:
    nodes = leaves
    for _ in range(name.level):
        whole = range(0, len(nodes) - len(nodes) % WIDTH, WIDTH)
        nodes = [perfect_root(nodes[at : at + WIDTH]) for at in whole]
    return nodes[name.number * WIDTH : (name.number + 1) * WIDTH]
