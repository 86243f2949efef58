"""What was touched is found, and where; what was not is not."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

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
