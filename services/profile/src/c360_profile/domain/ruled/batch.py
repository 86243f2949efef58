"""The tags that rules give somebody, of all that is known at once: what live ones equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.record import RecordKey
from c360_kernel.stamp import stamp_ms

from c360_profile.domain.computed.batch import present_of
from c360_profile.domain.computed.givers import Given, holding, may_be_kept
from c360_profile.domain.customer import Folded
from c360_profile.domain.event import Event
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision
from c360_profile.domain.ruled.keeping import Past, Said, kept_by, seen_of

Archive = Mapping[RecordKey, Sequence[Revision]]


class Everything(NamedTuple):
    """All that is known of a customer by its records of today, and the last tick (ms UTC).

    `events` are those that computed traits are made of, as these see them.
    """

    own: Sequence[SourceRecord]
    archive: Archive
    events: Sequence[Event]
    tick: int


def present_by(rules: GoldenRules, own: Iterable[SourceRecord], present: int) -> int:
    """The present of somebody with these records, where `present` is that of its events."""
    stamps = (stamp_ms(one.stamp) for one in own if one.stamp) if rules.keeps_by_records else ()
    return max((present, *stamps))


def given_now(rules: GoldenRules, now: Folded, known: Everything) -> dict[str, Given]:
    """By tag what rules give a customer that is folded so now."""
    present = present_of(rules.computed, known.events, known.tick)
    past = Past(rules, seen_of(rules, known.events), _said(known))
    return _given(rules, now, past, present_by(rules, known.own, present))


def given_at(rules: GoldenRules, then: Folded, known: Everything, instant: int) -> dict[str, Given]:
    """The same of a past time (ms UTC), by what was observed and had happened by then."""
    happened = [one for one in known.events if one.occurred_at <= instant]
    said = {
        key: [one for one in held if one.observed_at <= instant]
        for key, held in _said(known).items()
    }
    return _given(rules, then, Past(rules, seen_of(rules, happened), said), instant)


def _said(known: Everything) -> Said:
    return {one.key: one.history(known.archive.get(one.key, ())) for one in known.own}


def _given(rules: GoldenRules, state: Folded, past: Past, present: int) -> dict[str, Given]:
    held = holding(rules.givers, state.known)
    return {**held, **kept_by(may_be_kept(rules.givers, held), past, present).given}
