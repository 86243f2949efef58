"""Gives customers the tags that rules give, and looks at them again when these are over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.payload import TagValue
from c360_kernel.record import RecordKey

from c360_profile.domain.computed.givers import Given, Giver, holding, may_be_kept
from c360_profile.domain.computed.tallies import Tally
from c360_profile.domain.customer import Folded, belonging
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.ruled.batch import present_by
from c360_profile.domain.ruled.keeping import Past, kept_by, seen_in
from c360_profile.handlers.computing import customer_key
from c360_profile.store.port import ProfileUnit


class Evidence(NamedTuple):
    """What is known already of customers: which records are theirs, what events of these come to,
    and all records that are linked to some of them."""

    own: Mapping[str, Collection[RecordKey]]
    tallies: Mapping[RecordKey, Tally]
    linked: Mapping[str, Sequence[SourceRecord]]


async def ruled_tags(
    unit: ProfileUnit, rules: GoldenRules, now: Mapping[str, Folded], evidence: Evidence
) -> Mapping[str, Mapping[str, TagValue]]:
    """By customer the tags that rules give it, and what they say of these.

    Has who keeps one looked at again when that is over.
    """
    if not rules.givers:
        return {}
    given = {name: holding(rules.givers, state.known) for name, state in now.items()}
    lacking = {name: may_be_kept(rules.givers, held) for name, held in given.items()}
    kept = await _kept(unit, rules, {name: one for name, one in lacking.items() if one}, evidence)
    return {name: _values({**held, **kept.get(name, {})}) for name, held in given.items()}


def _values(given: Mapping[str, Given]) -> Mapping[str, TagValue]:
    return {tag: one.value for tag, one in given.items()}


async def _kept(
    unit: ProfileUnit,
    rules: GoldenRules,
    lacking: Mapping[str, Sequence[Giver]],
    evidence: Evidence,
) -> Mapping[str, Mapping[str, Given]]:
    if not lacking:
        return {}
    tick = await unit.present()
    records = await _records(unit, rules, lacking.keys(), evidence)
    said = await unit.revisions([one.key for own in records.values() for one in own])
    found: dict[str, Mapping[str, Given]] = {}
    for name, givers in lacking.items():
        tallies = [evidence.tallies[key] for key in evidence.own.get(name, ())]
        own = records.get(name, ())
        past = Past(rules, seen_in(tallies), {r.key: r.history(said.get(r.key, ())) for r in own})
        present = present_by(rules, own, max((tick, *(one.newest for one in tallies))))
        found[name], due = kept_by(givers, past, present)
        if due is not None:
            unit.schedule(due, customer_key(name))
    return found


async def _records(
    unit: ProfileUnit, rules: GoldenRules, names: Collection[str], evidence: Evidence
) -> Mapping[str, Sequence[SourceRecord]]:
    """The records of these customers, where what they said decides."""
    if not rules.keeps_by_records:
        return {}
    unread = await unit.linked([name for name in names if name not in evidence.linked])
    linked = {**evidence.linked, **unread}
    return {name: belonging(name, linked.get(name, ())) for name in names}
