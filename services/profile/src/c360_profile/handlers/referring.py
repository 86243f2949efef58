"""Objects that change: whose computed traits are made of them is folded again, a page at a time.

How far its events have been gone through is scheduled (`c360_kernel.objects.following`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.objects.following import Following, followed
from c360_kernel.objects.known import KnownObject, last_observed
from c360_kernel.objects.sights import referring
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.rules import ComputedRules
from c360_profile.emission import Cause
from c360_profile.handlers.computing import AT_ONCE
from c360_profile.store.port import ProfileUnit, Reference

_PAGE = 500


def _cause(one: Following) -> Cause:
    """What is told to have changed the customers."""
    return Cause(one.stamp, stamp_ms(one.stamp))


async def keep_objects(
    unit: ProfileUnit, rules: ComputedRules, said: Sequence[KnownObject]
) -> None:
    """Keep what is said of objects, and have whoever depends on them folded again.

    Also where it is known already: what was only half saved is repaired by handling it again.
    """
    if not said:
        return
    last = last_observed(said)
    held = await unit.objects(last.keys())
    await unit.keep_objects(list(last.values()))
    for name, one in last.items():
        before = held.get(name)
        if before == one or (one.outranks(before) and one.says_otherwise(before)):
            for by in referring(rules.sights, name.type):
                unit.schedule(AT_ONCE, Following(name, one.stamp, by).key)


async def records_due(
    unit: ProfileUnit, rules: ComputedRules, due: Iterable[Scheduled]
) -> Mapping[RecordKey, Cause]:
    """The records whose events look through objects that are due, each with what changed it.

    Of more than a page of records, of all these objects, the rest is scheduled again.
    """
    found: dict[RecordKey, Cause] = {}
    left = _PAGE
    for one in followed(due):
        events = referring(rules.sights, one.name.type).get(one.by, frozenset())
        if not events:
            # The catalog has changed since, and everybody was folded by it.
            continue
        if not left:
            unit.schedule(AT_ONCE, one.key)
            continue
        reference = Reference(one.by, one.name.key, events)
        records = await unit.referring(reference, one.after, left)
        for record in records:
            found[record] = max(_cause(one), found.get(record, _cause(one)))
        if len(records) == left:
            unit.schedule(AT_ONCE, one._replace(after=str(records[-1])).key)
        left -= len(records)
    unit.folds.tallies.forget(found.keys())
    return found
