"""What was touched is found, and where; what was not is not."""

from __future__ import annotations

import random
from contextlib import closing

import pytest
from c360_audit.domain.merkle.tiles import TileName
from c360_audit.handlers.retention import AuditRetention
from c360_audit.testing.signing import SIGNER
from c360_kernel.errors import C360Error

from services.audit.tests.verifying.tampering import tamper
from services.audit.tests.verifying.world import World


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path)
    await made.fill(40)
    return made


async def test_what_nobody_touched_is_whole(world):
    verdict = await world.verify()
    assert verdict.findings == []
    assert (verdict.entries, verdict.rows) == (40, 40)
    assert verdict.checkpoints >= 6


async def test_what_is_too_old_may_be_gone_once_that_was_signed_and_nothing_else(world):
    young = 1_700_000_000_000 + 20
    retention = AuditRetention(world.service.open_store, 0, SIGNER, lambda: young)
    assert await retention.expire() == 20
    assert (await world.verify()).findings == []
    with closing(world.log_file()) as log:
        gone = ",".join(f"'audit:{n}'" for n in range(20))
        log.execute(f"DELETE FROM entry WHERE topic='audit' AND id IN ({gone})")
    verdict = await world.verify()
    assert verdict.findings == []
    assert (verdict.entries, verdict.rows) == (40, 20)
    with closing(world.log_file()) as log, closing(world.store_file()) as store:
        log.execute("DELETE FROM entry WHERE topic='audit' AND id='audit:30'")
        ((number, part, off),) = store.execute(
            "SELECT number, part, off FROM leaf JOIN payload USING (number) WHERE entry='audit:30'"
        )
        store.execute("DELETE FROM place WHERE part=? AND off=?", (part, off))
        store.execute("DELETE FROM leaf WHERE number=?", (number,))
        store.execute("DELETE FROM payload WHERE number=?", (number,))
    found = {(one.kind, one.part) for one in (await world.verify()).findings}
    assert {("removed", "log"), ("removed", "store")} <= found


async def test_old_entries_that_nobody_said_may_go_are_missed(world):
    with closing(world.log_file()) as log, closing(world.store_file()) as store:
        log.execute("DELETE FROM entry WHERE topic='audit' AND off<3")
        store.execute("DELETE FROM payload WHERE number IN (SELECT number FROM leaf WHERE off<3)")
        store.execute("DELETE FROM leaf WHERE off<3")
        store.execute("DELETE FROM place WHERE off<3")
    found = [(one.kind, one.part, one.first, one.last) for one in (await world.verify()).findings]
    assert ("removed", "log", 0, 2) in found
    assert ("removed", "store", 0, 2) in found


async def test_a_statement_that_we_did_not_sign_lets_nothing_go(world):
    with closing(world.store_file()) as store:
        store.execute("INSERT INTO statement VALUES ('gone', 'c360 audit retention v1\n9\n')")
    assert [one.kind for one in (await world.verify()).findings] == ["forged"]


async def test_all_copies_changed_alike_are_found_between_two_checkpoints(world):
    """Whoever can write everything but the key."""
    with closing(world.log_file()) as log, closing(world.store_file()) as store:
        part, off = store.execute("SELECT part, off FROM place ORDER BY off DESC").fetchone()
        store.execute(
            "UPDATE place SET head=replace(head, 'c360/test', 'forged') WHERE part=? AND off=?",
            (part, off),
        )
        log.execute(
            "UPDATE entry SET source='forged' WHERE topic='audit' AND part=? AND off=?", (part, off)
        )
    service = world.service.open_store()
    (standing,) = await service.trees.placed(part, off, 1)
    name = TileName(0, off // 16)
    tile = bytearray((await service.trees.tiles(part, [name]))[name])
    await service.close()
    tile[off % 16 * 32 : off % 16 * 32 + 32] = standing.leaf_hash
    with closing(world.store_file()) as store:
        store.execute(
            "UPDATE tile SET hashes=? WHERE part=? AND level=0 AND idx=?",
            (bytes(tile), part, off // 16),
        )
    findings = (await world.verify()).findings
    assert any(one.part == "checkpoint" and is_at(one, (part, off)) for one in findings)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE tile SET hashes=zeroblob(length(hashes)) WHERE level=0", "TREE_DAMAGED"),
        ("DELETE FROM tile WHERE level=0", "TREE_DAMAGED"),
        ("UPDATE checkpoint SET note=replace(note, '/audit/', '/other/')", "TREE_DAMAGED"),
        ("DELETE FROM checkpoint", "TREE_DAMAGED"),
        ("UPDATE meta SET value='other' WHERE name='origin_log'", "LOG_FOREIGN"),
    ],
)
async def test_nothing_is_signed_on_top_of_what_was_touched(world, sql, code):
    with closing(world.store_file()) as store:
        store.execute(sql)
    with pytest.raises(C360Error) as refused:
        await world.fill(60, seed=2)
    assert refused.value.code in (code, "CHECKPOINT_KEY_UNKNOWN")


def is_at(finding, place):
    if finding.partition != place[0]:
        return False
    return len(place) == 1 or (
        finding.first is not None and finding.first <= place[1] <= finding.last
    )


async def test_whatever_is_touched_is_found_with_its_place(world):
    await tampered(world, 60)


@pytest.mark.slow
async def test_a_thousand_touches_are_all_found(world):
    await tampered(world, 1_000)


async def tampered(world, count):
    files = [world.data / "log" / "log.db", world.data / "audit.db"]
    whole = {file: file.read_bytes() for file in files}
    missed = []
    for seed in range(count):
        for file, held in whole.items():
            file.write_bytes(held)
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
        with closing(world.log_file()) as log, closing(world.store_file()) as store:
            touched = tamper(log, store, random.Random(seed))
        findings = (await world.verify()).findings
        hit = [one for one in touched.places if any(is_at(f, one) for f in findings)]
        if not findings or (touched.places and not hit):
            missed.append((seed, touched, [str(one) for one in findings][:3]))
    assert missed == []
