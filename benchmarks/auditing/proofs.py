"""How long a proof takes, and how much is verified in a second."""

from __future__ import annotations

import asyncio
import base64
import random
import statistics
import time

from c360_audit.domain.merkle.checking import is_included
from c360_audit.domain.merkle.checkpoint import Checkpoint
from c360_audit.domain.merkle.hashing import leaf_hash
from c360_audit.store.proofs import TreeProofs
from c360_audit.store.verifying import verify
from c360_audit.testing.signing import KEYS

from auditing.world import World

_PROOFS = 500


async def proof_ms(world: World) -> float:
    """The median of making a proof of a random operation; each is checked."""
    store, dice = world.open_store(), random.Random(7)
    proofs, times = TreeProofs(store.trees), list[float]()
    sizes = {
        part: Checkpoint.read(note.partition("\n\n")[0] + "\n")
        for part, note in (await store.trees.newest()).items()
    }
    for _ in range(_PROOFS):
        part = dice.choice(list(sizes))
        offset = dice.randrange(sizes[part].size)
        began = time.perf_counter()
        proof = await proofs.proof_of(part, offset)
        times.append(time.perf_counter() - began)
        found = leaf_hash(proof.leaf)
        stated = sizes[part]
        assert is_included(found, offset, stated.size, proof.hashes, stated.root)
        assert base64.b64encode(stated.root).decode() in proof.checkpoint
    await store.close()
    return 1_000 * statistics.median(times)


async def verify_per_s(world: World) -> float:
    """Operations a second of processor that `c360 audit verify` checks."""
    log, store = world.open_log(), world.open_store()
    began = time.process_time()
    async with store.evidence() as evidence:
        verdict = await verify(log, evidence, KEYS, {}, 0)
    taken = time.process_time() - began
    assert not verdict.findings, [str(one) for one in verdict.findings[:3]]
    assert verdict.entries == verdict.rows == world.operations
    await store.close()
    await asyncio.sleep(0)
    await log.close()
    return world.operations / taken
