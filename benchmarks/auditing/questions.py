"""How long it takes to say who saw a customer's value, with the proof of each look."""

from __future__ import annotations

import random
import statistics
import time

from c360_audit.domain.access import About, sights
from c360_audit.store.proofs import TreeProofs

from auditing.world import World

_QUESTIONS = 300
_PAGE = 20
_DAYS_MS = 90 * 86_400_000


async def who_saw_ms(world: World) -> float:
    """The median of the first page of looks at a random customer's phone in ninety days."""
    store, dice, times = world.open_store(), random.Random(11), list[float]()
    proofs, about, found = TreeProofs(store.trees), About.of("Profile.phone"), 0
    since = int(time.time() * 1000) - _DAYS_MS
    for _ in range(_QUESTIONS):
        customer = f"{dice.randrange(20_000):032x}"
        began = time.perf_counter()
        looks = await store.latest(about.query(frozenset({customer}), since), None, _PAGE)
        for look in looks:
            assert any(sights(look.audited.operation, about))
            await proofs.proof_of_entry(look.audited.entry_id)
        times.append(time.perf_counter() - began)
        found += len(looks)
    await store.close()
    assert found
    return 1_000 * statistics.median(times)
