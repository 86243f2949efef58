"""What another policy would have done to all operations on record, by the wall clock."""

from __future__ import annotations

import time

from c360_policy.reading.parsing import parse_policy
from c360_policy.trying.deciding import Decider, Ground
from c360_policy.trying.replaying import Past, PastUse, replay

from auditing.world import World

_MILLION = 1_000_000
_EVER = 2**62
_POLICY = "p, support_agent, tag:name, read, hash, allow, *, , , hashed\n"


async def replay_1m_s(world: World) -> float:
    """Seconds for a million operations: counted, decided, and the customers that change."""
    store = world.open_store()
    began = time.perf_counter()
    found = await store.performed(0, _EVER)
    uses = {one.uses: tuple(PastUse(*use[:3]) for use in one.uses) for one in found}
    past = [
        Past(
            one.key,
            one.actor.principal,
            one.actor.roles,
            one.purpose,
            uses[one.uses],
            one.operations,
        )
        for one in found
    ]
    coordinates = {use.coordinate: frozenset({"name"}) for some in uses for use in some}
    decider = Decider(parse_policy(_POLICY), Ground(coordinates))
    report = replay(past, decider, coordinates, frozenset(), time.time() * 1000)
    await store.touched(sorted(report.affected.keys), 0, _EVER)
    taken = time.perf_counter() - began
    assert report.operations == report.affected.operations == world.operations
    await store.close()
    return taken * _MILLION / world.operations
