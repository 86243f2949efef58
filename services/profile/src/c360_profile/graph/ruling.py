"""What rules that give tags say of a customer, now or as of an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from c360_kernel.record import RecordKey

from c360_profile.domain.computed.batch import computed_of, present_of
from c360_profile.domain.computed.givers import Given
from c360_profile.domain.customer import Customer, Facts, Folded, as_of, folded, tags_of
from c360_profile.domain.event import Event
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.ruled.batch import Everything, given_at, given_now
from c360_profile.domain.tagging import active_at, held_by
from c360_profile.graph.consents import held_at
from c360_profile.graph.context import Info
from c360_profile.graph.past import whole_past


class Ruling(NamedTuple):
    """What rules are held against, and by tag what they give."""

    state: Folded
    given: Mapping[str, Given]


async def ruling(customer: str, info: Info, instant: int | None = None) -> Ruling | None:
    """What rules give a customer; None where there is no rule, or nobody who is given anything."""
    context = info.context
    if not context.rules.givers:
        return None
    held = await context.customers.load(customer)
    own = await context.own_records.load(customer)
    if held is None or held.ended or not own:
        return None
    known = await _everything(held, own, info, instant)
    if instant is None:
        state = _state_now(held, known, info)
        return Ruling(state, given_now(context.rules, state, known))
    state = await _state_at(known, info, instant)
    return Ruling(state, given_at(context.rules, state, known, instant))


async def _everything(
    held: Customer, own: Sequence[SourceRecord], info: Info, instant: int | None
) -> Everything:
    context, keys = info.context, [one.key for one in own]
    events: Sequence[Event] = ()
    # What holds now is told by what is kept: nothing that happened is read for it.
    if instant is not None or held.left_out or any(g.rule.keeps_ms for g in context.rules.givers):
        happened = await context.happened.load_many(keys)
        events = [event for those in happened for event in those]
    archive: Mapping[RecordKey, Sequence[Revision]] = {}
    if instant is not None or context.rules.keeps_by_records:
        archive = dict(zip(keys, await context.archives.load_many(keys), strict=True))
    return Everything(own, archive, events, await context.reader.present())


def _state_now(held: Customer, known: Everything, info: Info) -> Folded:
    """What rules are held against now: also the traits that are too large to be told."""
    if not held.left_out:
        return Folded(held.traits, Facts(held.consents, held.sources, tags_of(known.own)))
    rules = info.context.rules
    present = present_of(rules.computed, known.events, known.tick)
    whole = folded(held.id, known.own, rules, computed_of(rules.computed, known.events, present))
    assert whole is not None, "it has records"
    return whole


async def _state_at(known: Everything, info: Info, instant: int) -> Folded:
    """What was known of the customer by an instant (ms UTC), by its records of today."""
    keys = [one.key for one in known.own]
    said = list(as_of(instant, known.own, known.archive))
    traits = await whole_past(info.context, keys, said, instant)
    consents = {
        c.consent.purpose: c.consent.status for c in await held_at(known.own, info, instant)
    }
    taggings = await info.context.taggings.load_many(keys)
    active = ((key, active_at(those, instant)) for key, those in zip(keys, taggings, strict=True))
    values = ((tag, one.tagging.value) for tag, one in held_by(active).items())
    tags = {tag: value for tag, value in values if value is not None}
    return Folded(traits, Facts(consents, tuple(sorted({key.source for key, _ in said})), tags))
