"""What the model holds. Nobody edits it behind its back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from c360_audit.domain.operation import Leaf
from c360_audit.domain.placed_entry import Place
from c360_audit.store.evidence import AuditEvidence, Held, KeptRow, Stray
from c360_audit.testing.memory_trees import MemoryTrees


class MemoryEvidence(AuditEvidence):
    """AuditEvidence of a model."""

    def __init__(
        self, trees: MemoryTrees, positions: Mapping[int, int], leaves: Sequence[Leaf]
    ) -> None:
        self._trees = trees
        self._positions = positions
        self._leaves = leaves

    @property
    @override
    def trees(self) -> MemoryTrees:
        return self._trees

    async def positions(self) -> Mapping[int, int]:
        return self._positions

    async def held(self) -> Mapping[int, Held]:
        return {part: Held({}, count) for part, count in self._trees.placed_counts().items()}

    async def rows(self, after: int, limit: int) -> Sequence[KeptRow]:
        found = [leaf for leaf in self._leaves if leaf.number > after][:limit]
        return [
            KeptRow(one.number, one.audited.entry_id, await self._place(one), ()) for one in found
        ]

    async def _place(self, leaf: Leaf) -> Place | None:
        return await self._trees.place_of(leaf.audited.entry_id)

    async def strays(self) -> Sequence[Stray]:
        return []
