"""The audit log as a plain model: the yardstick of the contract suite."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from c360_kernel.log.entry import Partition, Positions
from c360_kernel.payload import OperationAudited
from c360_kernel.projection.port import Outgoing
from c360_kernel.projection.positions import refuse_moved
from c360_kernel.testing.memory_marks import MemoryMarks
from typing_extensions import override

from c360_audit.domain.activity import Act, Activity, Actor, signs_of, tally
from c360_audit.domain.marks import RULE
from c360_audit.domain.operation import AuditQuery, Leaf
from c360_audit.domain.performed import OPERATION, Performed, Touching, alike, key_of, touching
from c360_audit.store.gathering import GatheredAuditUnit
from c360_audit.store.port import AuditLog
from c360_audit.store.signing import TreeSigner
from c360_audit.testing.memory_evidence import MemoryEvidence
from c360_audit.testing.memory_trees import MemoryTrees
from c360_audit.testing.signing import SIGNER

K = TypeVar("K", bound=Hashable)


class MemoryAuditLog(MemoryMarks, AuditLog):
    """An AuditLog that nothing of survives."""

    def __init__(self, signer: TreeSigner = SIGNER) -> None:
        super().__init__()
        self._trees = MemoryTrees(signer)
        self._leaves: list[Leaf] = []
        self._positions: dict[Partition, int] = {}
        self._letters: list[Outgoing] = []

    @property
    @override
    def trees(self) -> MemoryTrees:
        return self._trees

    @override
    @asynccontextmanager
    async def evidence(self) -> AsyncGenerator[MemoryEvidence]:
        positions = {one.number: offset for one, offset in self._positions.items()}
        yield MemoryEvidence(self._trees, positions, self._leaves)

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncGenerator[GatheredAuditUnit]:
        unit = GatheredAuditUnit()
        yield unit
        refuse_moved(self._positions, unit.before)
        known = {leaf.audited.entry_id for leaf in self._leaves}
        for audited in unit.audited:
            if audited.entry_id not in known:
                known.add(audited.entry_id)
                following = self._leaves[-1].number + 1 if self._leaves else 0
                self._leaves.append(Leaf(following, audited))
        self._trees.grow(self._origin.log if self._origin else "", unit.placed)
        first = 1 + max((letter.sequence for letter in self._letters), default=0)
        self._letters += [Outgoing(n, entry) for n, entry in enumerate(unit.letters, first)]
        self._positions.update(unit.after)

    async def page(self, query: AuditQuery, after: int, limit: int) -> Sequence[Leaf]:
        found = [leaf for leaf in self._leaves if leaf.number > after and _fits(leaf, query)]
        return found[:limit]

    async def latest(self, query: AuditQuery, before: int | None, limit: int) -> Sequence[Leaf]:
        older = [one for one in reversed(self._leaves) if before is None or one.number < before]
        return [leaf for leaf in older if _fits(leaf, query)][:limit]

    async def expire(self, before: int, limit: int) -> int:
        old = [leaf for leaf in self._leaves[:-1] if leaf.audited.operation.at < before][:limit]
        gone = {leaf.number for leaf in old}
        self._leaves = [leaf for leaf in self._leaves if leaf.number not in gone]
        self._trees.forget({leaf.audited.entry_id for leaf in old})
        return len(old)

    async def rules_used(self) -> Mapping[str, int]:
        named = (
            (mark[len(RULE) :], leaf.audited.operation.at)
            for leaf in self._leaves
            for mark in leaf.audited.marks
            if mark.startswith(RULE)
        )
        return _latest(named)

    async def actors(self) -> Mapping[Actor, int]:
        operations = (leaf.audited.operation for leaf in self._leaves)
        return _latest((Actor.of(one), one.at) for one in operations)

    async def activity(self, since: int, until: int) -> Sequence[Activity]:
        operations = (leaf.audited.operation for leaf in self._leaves)
        return tally(
            Act(Actor.of(one), one.at, one.times, signs_of(one), one.subjects)
            for one in operations
            if since <= one.at < until
        )

    async def performed(self, since: int, until: int) -> Sequence[Performed]:
        return alike(self._operations(since, until))

    async def touched(self, keys: Sequence[str], since: int, until: int) -> int:
        found = self._operations(since, until)
        return len({name for one in found if key_of(one) in keys for name in one.subjects})

    async def touching(
        self, keys: Sequence[str], names: Collection[str], since: int, until: int
    ) -> Touching:
        found = self._operations(since, until)
        return touching([one for one in found if key_of(one) in keys], names)

    def _operations(self, since: int, until: int) -> list[OperationAudited]:
        operations = (leaf.audited.operation for leaf in self._leaves)
        return [one for one in operations if one.kind == OPERATION and since <= one.at < until]

    async def counts(self) -> Mapping[str, int]:
        return {"operations": self._leaves[-1].number + 1 if self._leaves else 0}

    async def positions(self) -> Positions:
        return dict(self._positions)

    async def outgoing(self, limit: int) -> Sequence[Outgoing]:
        return self._letters[:limit]

    async def relayed(self, sequences: Sequence[int]) -> None:
        self._letters = [one for one in self._letters if one.sequence not in sequences]

    async def close(self) -> None: ...


def _fits(leaf: Leaf, query: AuditQuery) -> bool:
    operation = leaf.audited.operation
    return (
        (query.since is None or operation.at >= query.since)
        and (query.until is None or operation.at < query.until)
        and query.principal in (None, operation.principal)
        and (not query.subjects or not query.subjects.isdisjoint(operation.subjects))
        and leaf.audited.marks.issuperset(query.marks)
    )


def _latest(named: Iterable[tuple[K, int]]) -> dict[K, int]:
    found: dict[K, int] = {}
    for name, at in named:
        found[name] = max(at, found.get(name, at))
    return found
