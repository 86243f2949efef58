"""What every AuditTrees must do. An adapter's tests subclass this and give `open_log`."""

from __future__ import annotations

import uuid
from functools import cache

import pytest
import pytest_asyncio
from c360_kernel.errors import NotFound, Unusable
from c360_kernel.log.entry import Entry, Partition, entry_at, to_append_again
from c360_kernel.log.identity import Origin
from c360_kernel.log.topics import AUDIT
from c360_kernel.signed_note import verified
from c360_kernel.testing.entries import new_entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c360_audit.domain.merkle.checking import is_beginning, is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_audit.domain.merkle.tiles import TileName
from c360_audit.domain.placed_entry import Place
from c360_audit.handlers.handler import AuditHandler
from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.port import AuditLog
from c360_audit.store.proofs import TreeProofs
from c360_audit.testing.contract import OpenLog
from c360_audit.testing.entries import keep, operation
from c360_audit.testing.memory import MemoryAuditLog
from c360_audit.testing.memory_trees import root_of
from c360_audit.testing.signing import KEYS

LOG = "0123456789abcdef"
_TILES = [TileName(level, index) for level in range(2) for index in range(6)]


@cache
def at(partition: int, offset: int, name: str = "") -> Entry:
    """An entry at a place; always the same one."""
    principal = f"ann {partition} {offset}"
    found = operation(at=offset, principal=principal, subjects=["aa"])
    made = new_entry(AUDIT, principal, found, entry_id=name or f"e{partition}-{offset}")
    return entry_at(made, Partition(AUDIT, partition), offset)


def checked(note: str, partition: int) -> Checkpoint:
    """The checkpoint of a note that we have signed."""
    origin = f"c360/{LOG}/audit/{partition}"
    found = Checkpoint.read(verified(note, KEYS.verifiers(origin)))
    assert found.origin == origin
    return found


class AuditTreesContract:
    """The suite. Override the fixture `open_log`."""

    @pytest_asyncio.fixture
    async def fed(self, open_log: OpenLog) -> AuditLog:
        """An empty log that knows what it is fed from."""
        fed = open_log("trees")
        await fed.claimed(Origin(LOG))
        return fed

    async def test_nothing_is_under_no_checkpoint(self, fed: AuditLog) -> None:
        assert await fed.trees.newest() == {}
        assert await fed.trees.tiles(0, _TILES) == {}
        assert list(await fed.trees.placed(0, 0, 10)) == []
        with pytest.raises(NotFound):
            await TreeProofs(fed.trees).proof_of(0, 0)

    async def test_each_batch_is_under_a_signed_checkpoint(self, fed: AuditLog) -> None:
        entries = [at(0, n) for n in range(40)]
        leaves = [placed_entry(one).leaf_hash for one in entries]
        for first, end in ((0, 1), (1, 18), (18, 40)):
            await keep(fed, *entries[first:end])
            newest = checked((await fed.trees.newest())[0], 0)
            assert (newest.size, newest.root) == (end, root_of(leaves[:end]))
        found = await fed.trees.checkpoints(0, 0, 10)
        assert [(one.before, one.size) for one in found] == [(0, 1), (1, 18), (18, 40)]
        assert [checked(one.note, 0).size for one in found] == [1, 18, 40]
        assert list(await fed.trees.checkpoints(0, 1, 1)) == [found[1]]

    async def test_each_partition_has_a_tree_of_its_own(self, fed: AuditLog) -> None:
        await keep(fed, at(2, 0), at(0, 0), at(2, 1))
        found = {n: checked(note, n).size for n, note in (await fed.trees.newest()).items()}
        assert found == {0: 1, 2: 2}

    async def test_what_is_handled_again_changes_nothing(self, fed: AuditLog) -> None:
        await keep(fed, *(at(0, n) for n in range(5)))
        before = await fed.trees.newest()
        await keep(fed, *(at(0, n) for n in range(5)))
        assert await fed.trees.newest() == before
        await keep(fed, *(at(0, n) for n in range(3, 7)))
        leaves = [placed_entry(at(0, n)).leaf_hash for n in range(7)]
        assert checked((await fed.trees.newest())[0], 0).root == root_of(leaves)

    async def test_every_entry_and_every_beginning_has_a_proof(self, fed: AuditLog) -> None:
        entries = [at(1, n) for n in range(21)]
        await keep(fed, *entries[:6])
        await keep(fed, *entries[6:])
        kept = await fed.trees.checkpoints(1, 0, 9)
        first, newest = (checked(one.note, 1) for one in kept)
        proofs = TreeProofs(fed.trees)
        for one in entries:
            proof = await proofs.proof_of_entry(one.id)
            assert proof == await proofs.proof_of(1, one.offset)
            assert proof.leaf == placed_entry(one).leaf
            leaf = leaf_hash(proof.leaf)
            assert is_included(leaf, one.offset, 21, proof.hashes, newest.root)
            assert checked(proof.checkpoint, 1) == newest
        between = await proofs.consistency(1, 6, 21)
        assert is_beginning(6, first.root, 21, newest.root, between)
        with pytest.raises(NotFound):
            await proofs.proof_of(1, 21)
        with pytest.raises(NotFound):
            await proofs.proof_of_entry("nobody")

    async def test_an_entry_that_came_twice_has_both_places(self, fed: AuditLog) -> None:
        await keep(fed, at(0, 0, "twice"))
        again = at(0, 0, "twice")
        second = entry_at(to_append_again(again), Partition(AUDIT, 0), 1)
        await keep(fed, second, at(0, 2))
        found = await fed.trees.placed(0, 0, 10)
        assert [one.entry_id for one in found] == ["twice", "twice", "e0-2"]
        assert [one.data for one in found] == [again.data, again.data, at(0, 2).data]
        assert await fed.trees.place_of("twice") == Place(0, 0)
        assert await fed.counts() == {"operations": 2}

    async def test_what_no_handler_can_take_has_a_leaf(self, fed: AuditLog) -> None:
        bad = at(0, 1)
        async with fed.unit() as unit:
            await AuditHandler().handle(unit, [at(0, 0)])
        async with fed.unit() as unit:
            await unit.dead_letter(bad, "audit", "PAYLOAD_MALFORMED")
        assert checked((await fed.trees.newest())[0], 0).size == 2
        (found,) = await fed.trees.placed(0, 1, 5)
        assert found == placed_entry(bad)

    async def test_a_tree_begins_where_the_log_does(self, fed: AuditLog) -> None:
        await keep(fed, at(0, 3), at(0, 4))
        assert checked((await fed.trees.newest())[0], 0).size == 5
        proof = await TreeProofs(fed.trees).proof_of(0, 4)
        assert proof.index == 4

    async def test_a_tree_that_lacks_what_was_handled_does_not_grow(self, fed: AuditLog) -> None:
        await keep(fed, at(0, 0), at(0, 1))
        before = await fed.trees.newest()
        with pytest.raises(Unusable) as refused:
            await keep(fed, at(0, 3))
        assert refused.value.code == "TREE_DAMAGED"
        assert await fed.trees.newest() == before

    async def test_hashes_stay_when_entries_go(self, fed: AuditLog) -> None:
        entries = [at(0, n) for n in range(20)]
        await keep(fed, *entries)
        newest = await fed.trees.newest()
        assert await fed.expire(10, 100) == 10
        assert [one.place.offset for one in await fed.trees.placed(0, 0, 3)] == [10, 11, 12]
        assert await fed.trees.newest() == newest
        with pytest.raises(NotFound):
            await TreeProofs(fed.trees).proof_of(0, 9)
        root = checked(newest[0], 0).root
        proof = await TreeProofs(fed.trees).proof_of(0, 10)
        assert is_included(leaf_hash(proof.leaf), 10, 20, proof.hashes, root)

    async def test_it_says_from_where_on_entries_are_younger(self, fed: AuditLog) -> None:
        await keep(fed, *(at(0, n) for n in range(8)), at(1, 0))
        assert await fed.trees.younger(3) == {0: 3, 1: 1}
        assert await fed.trees.younger(0) == {0: 0, 1: 0}
        assert await fed.trees.younger(8) == {0: 8, 1: 1}

    async def test_statements_are_kept_by_name(self, fed: AuditLog) -> None:
        await fed.trees.state("b", "one")
        await fed.trees.state("a", "two")
        await fed.trees.state("b", "three")
        assert list(await fed.trees.statements()) == ["two", "three"]

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(batches=st.lists(st.integers(1, 40), max_size=5))
    async def test_trees_agree_with_the_model(self, open_log: OpenLog, batches: list[int]) -> None:
        model, log = MemoryAuditLog(), open_log(uuid.uuid4().hex)
        for one in (model, log):
            await one.claimed(Origin(LOG))
        first = 0
        for count in batches:
            entries = [at(n % 2, n // 2) for n in range(first, first + count)]
            first += count
            await keep(model, *entries)
            await keep(log, *entries)
        assert await log.trees.newest() == await model.trees.newest()
        for partition in (0, 1):
            expected = await model.trees.tiles(partition, _TILES)
            assert await log.trees.tiles(partition, _TILES) == expected
            stood = list(await model.trees.placed(partition, 3, 9))
            assert list(await log.trees.placed(partition, 3, 9)) == stood
        await log.close()
