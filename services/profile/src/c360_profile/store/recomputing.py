"""Computed traits as they are kept, compared with what a batch over all events gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from c360_kernel.conditions.tree import EVERYBODY

from c360_profile.domain.computed.batch import computed_of, present_of
from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.domain.query import Window
from c360_profile.store.port import ProfileReader
from c360_profile.store.seeing import seeing

_CHUNK = 500
_LOOKS = 3


@dataclass(slots=True)
class Recomputed:
    """How many live customers were compared, how many differ, and in how many each trait does."""

    customers: int = 0
    differing: int = 0
    traits: Counter[str] = field(default_factory=Counter[str])


async def recomputed(reader: ProfileReader, rules: ComputedRules) -> Recomputed:
    """Compare everybody, stages of lifecycles too.

    A store that is being fed changes between two reads, so who differs is looked at again.
    """
    ids, found = sorted(await reader.matching(EVERYBODY)), Recomputed()
    for first in range(0, len(ids), _CHUNK):
        some = ids[first : first + _CHUNK]
        differing = await _differing(reader, rules, some)
        for _ in range(1, _LOOKS):
            differing = await _differing(reader, rules, differing.keys()) if differing else {}
        found.customers += len(some)
        found.differing += len(differing)
        for names in differing.values():
            found.traits.update(names)
    return found


async def _differing(
    reader: ProfileReader, rules: ComputedRules, ids: Collection[str]
) -> dict[str, Collection[str]]:
    """Who differs, and in which traits."""
    tick = await reader.present()
    customers = await reader.customers(ids)
    timelines = await reader.timeline(ids, Window(names=tuple(rules.by_event)))
    computed = {*rules.by_name, *rules.catalog.lifecycle}
    found: dict[str, Collection[str]] = {}
    for id_, customer in customers.items():
        events = await seeing(reader, rules.sights, timelines.get(id_, ()))
        golden = {name: v for name, v in customer.traits.items() if name not in computed}
        batch = computed_of(rules, events, present_of(rules, events, tick))
        whole = rules.completed(golden, batch)
        told = computed - set(customer.left_out)
        names = [n for n in sorted(told) if whole.get(n) != customer.traits.get(n)]
        if names and not customer.ended:
            found[id_] = names
    return found
