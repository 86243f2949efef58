"""Computed traits and tags by rules as they are kept, compared with what a batch gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.record import RecordKey, TraitValue

from c360_profile.domain.computed.batch import computed_of, present_of
from c360_profile.domain.customer import (
    Customer,
    Facts,
    Folded,
    belonging,
    consents_of,
    sources_of,
    tags_of,
)
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.query import Window
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.ruled.batch import Everything, given_now
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


async def recomputed(reader: ProfileReader, rules: GoldenRules) -> Recomputed:
    """Compare everybody, stages of lifecycles and tags that rules give too.

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
    reader: ProfileReader, rules: GoldenRules, ids: Collection[str]
) -> dict[str, Collection[str]]:
    """Who differs, and in which traits and tags."""
    tick, counted = await reader.present(), rules.computed
    customers = await reader.customers(ids)
    timelines = await reader.timeline(ids, Window(names=tuple(counted.by_event)))
    records = await _records(reader, rules, ids)
    computed = {*counted.by_name, *counted.catalog.lifecycle}
    found: dict[str, Collection[str]] = {}
    for id_, customer in customers.items():
        events = await seeing(reader, counted.sights, timelines.get(id_, ()))
        golden = {name: v for name, v in customer.traits.items() if name not in computed}
        batch = computed_of(counted, events, present_of(counted, events, tick))
        whole = counted.completed(golden, batch)
        told = computed - set(customer.left_out)
        names = [n for n in sorted(told) if whole.get(n) != customer.traits.get(n)]
        if rules.givers:
            own = belonging(id_, records.linked.get(id_, ()))
            names += _tags(rules, customer, whole, Everything(own, records.archive, events, tick))
        if names and not customer.ended:
            found[id_] = names
    return found


class _Records(NamedTuple):
    linked: Mapping[str, Sequence[SourceRecord]]
    archive: Mapping[RecordKey, Sequence[Revision]]


async def _records(reader: ProfileReader, rules: GoldenRules, ids: Collection[str]) -> _Records:
    """What rules that give tags look at of records; nothing where there are none."""
    linked = await reader.linked(ids) if rules.givers else {}
    own = {one.key for id_, held in linked.items() for one in belonging(id_, held)}
    return _Records(linked, await reader.revisions(own) if rules.keeps_by_records else {})


def _tags(
    rules: GoldenRules, customer: Customer, traits: Mapping[str, TraitValue], known: Everything
) -> Iterator[str]:
    """The tags with a rule that are not as they should be. Of whom traits are left out, none."""
    if customer.left_out:
        return
    said = tags_of(known.own)
    facts = Facts(consents_of(known.own), sources_of(known.own), said)
    given = given_now(rules, Folded(traits, facts), known)
    for giver in rules.givers:
        expected = said.get(giver.tag)
        if expected is None and giver.tag in given:
            expected = given[giver.tag].value
        if customer.tags.get(giver.tag) != expected:
            yield giver.tag
