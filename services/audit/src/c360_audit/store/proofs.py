"""Proofs that something is in the trees, and has been since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from c360_kernel.errors import NotFound, Unusable
from typing_extensions import override

from c360_audit.domain.merkle.proof import InclusionProof
from c360_audit.domain.merkle.proving import ProofPlan, consistency_plan, inclusion_plan
from c360_audit.domain.placed_entry import Place
from c360_audit.store.signing import size_of
from c360_audit.store.trees import AuditTrees


class Proofs(Protocol):
    """Who can prove what is on record."""

    async def proof_of(self, partition: int, offset: int) -> InclusionProof:
        """That what stands at a place of the topic is under the newest checkpoint.

        Raises `NotFound` (PROOF_UNKNOWN) where nothing is left of it, or no checkpoint covers it.
        """
        ...

    async def proof_of_entry(self, entry_id: str) -> InclusionProof:
        """The same of an entry, by its id."""
        ...


class TreeProofs(Proofs):
    """Proofs from what is kept of the trees."""

    def __init__(self, trees: AuditTrees) -> None:
        self._trees = trees

    @override
    async def proof_of(self, partition: int, offset: int) -> InclusionProof:
        note = (await self._trees.newest()).get(partition)
        found = await self._trees.placed(partition, offset, 1)
        size = 0 if note is None else size_of(note)
        if note is None or not found or found[0].place.offset != offset or offset >= size:
            raise NotFound("there is no such entry under a checkpoint", code="PROOF_UNKNOWN")
        hashes = await self._hashes(partition, inclusion_plan(offset, size))
        return InclusionProof(offset, found[0].leaf, hashes, note)

    @override
    async def proof_of_entry(self, entry_id: str) -> InclusionProof:
        place: Place | None = await self._trees.place_of(entry_id)
        if place is None:
            raise NotFound("there is no such entry under a checkpoint", code="PROOF_UNKNOWN")
        return await self.proof_of(*place)

    async def consistency(self, partition: int, before: int, size: int) -> Sequence[bytes]:
        """That the tree of `before` leaves is a beginning of that of `size` (RFC 6962, 2.1.2)."""
        return await self._hashes(partition, consistency_plan(before, size))

    async def _hashes(self, partition: int, plan: ProofPlan) -> Sequence[bytes]:
        try:
            return plan.proof(await self._trees.tiles(partition, plan.tiles))
        except KeyError:
            raise Unusable("a tree is not whole", code="TREE_DAMAGED") from None
