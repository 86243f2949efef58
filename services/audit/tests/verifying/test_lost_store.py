"""A store that is lost after the log's oldest entries went: what is said, what is still proved."""

from __future__ import annotations

from contextlib import closing

import pytest
from c360_audit.domain.merkle.signed_edge import read_edge
from c360_audit.handlers.checkpoint_files import CheckpointFiles
from c360_audit.handlers.retention import AuditRetention
from c360_audit.testing.signing import SIGNER
from c360_kernel.errors import C360Error, Invalid

from services.audit.tests.verifying.world import World

BEGAN = 1_700_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path / "data")
    await made.fill(60)
    return made


def retention(world, before, directory):
    files = CheckpointFiles(directory)
    return AuditRetention(
        world.service.open_store, 0, SIGNER, lambda: before, keep_edge=files.put_edge
    )


async def trim(world, directory, first_young=20):
    """Let the log go up to a time, and keep what follows a day ahead (all but the last)."""
    await retention(world, BEGAN + 45 - DAY_MS, directory).expire()
    with closing(world.log_file()) as log:
        gone = ",".join(f"'audit:{n}'" for n in range(first_young))
        log.execute(f"DELETE FROM entry WHERE topic='audit' AND id IN ({gone})")
    return [file.read_text() for file in sorted(directory.glob("*.edge"))]


async def state(world, before):
    """What a retention says, which removes nothing from the log."""
    await AuditRetention(world.service.open_store, 0, SIGNER, lambda: before).expire()


async def test_it_is_said_that_hashes_are_lost_and_which_checkpoints_tell_nothing(world, tmp_path):
    notes = await world.notes()
    await trim(world, tmp_path / "none")
    await world.refill()
    findings = (await world.verify({"kept": notes})).findings
    assert {one.kind for one in findings} == {"lost"}
    assert all("LEAVES_LOST" in one.message for one in findings)
    assert any("kept" in one.message for one in findings)
    assert {one.first for one in findings} == {0}


async def test_checkpoints_of_before_are_proved_by_what_was_kept_of_the_tree(world, tmp_path):
    notes = await world.notes()
    edges = await trim(world, tmp_path / "kept")
    assert edges
    await world.refill()
    await state(world, BEGAN + 20)
    assert (await world.verify({"kept": notes}, edges)).findings == []
    await world.fill(70, seed=3)
    assert (await world.verify({"kept": notes}, edges)).findings == []


async def test_an_entry_that_was_changed_before_the_store_was_filled_anew_is_found(world, tmp_path):
    notes = await world.notes()
    edges = await trim(world, tmp_path / "kept")
    with closing(world.log_file()) as log:
        log.execute("UPDATE entry SET source='forged' WHERE topic='audit' AND id='audit:55'")
    await world.refill()
    await state(world, BEGAN + 20)
    findings = (await world.verify({"kept": notes}, edges)).findings
    assert [(one.kind, one.part) for one in findings] == [("changed", "checkpoint")]


async def test_an_edge_that_was_touched_is_not_believed(world, tmp_path):
    notes = await world.notes()
    edges = await trim(world, tmp_path / "kept")
    await world.refill()
    await state(world, BEGAN + 20)
    forged = [one.replace("\n0 ", "\n0 AAAA", 1).replace("/audit/", "/audit/1", 1) for one in edges]
    findings = (await world.verify({"kept": notes}, forged)).findings
    assert {one.kind for one in findings} == {"lost"}
    head, note = edges[0].split("\n\n", 1)
    for text in (f"{head[:-44]}{'A' * 43}=\n\n{note}", note, f"{head}\n0 AAAA\n\n{note}"):
        with pytest.raises((Invalid, ValueError)):
            read_edge(text, lambda given: given.rpartition("\n\n")[0] + "\n")


async def test_nothing_is_signed_of_a_tree_that_was_touched(world, tmp_path):
    with closing(world.store_file()) as store:
        store.execute("UPDATE tile SET hashes=zeroblob(length(hashes)) WHERE level=0 AND idx=0")
    with pytest.raises(C360Error) as refused:
        await retention(world, BEGAN + 45 - DAY_MS, tmp_path / "kept").expire()
    assert refused.value.code == "TREE_DAMAGED"
    assert not (tmp_path / "kept").exists()


async def test_what_was_kept_of_the_tree_of_before_is_not_replaced_by_the_new_ones(world, tmp_path):
    edges = await trim(world, tmp_path / "kept")
    await world.refill()
    await retention(world, BEGAN + 55 - DAY_MS, tmp_path / "kept").expire()
    assert [one.read_text() for one in sorted((tmp_path / "kept").glob("*.edge"))] == edges
