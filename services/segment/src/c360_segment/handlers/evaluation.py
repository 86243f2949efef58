"""Decides again who is in which segment, and tells what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from c360_kernel.payload import MembershipChanged

from c360_segment.domain.compiled import Look
from c360_segment.domain.leaves import Facts
from c360_segment.domain.parts import Part, Reads
from c360_segment.domain.past import Past, past_of
from c360_segment.domain.segments import Segments
from c360_segment.domain.state import BEFORE_ANY, CustomerState, Looked, Membership
from c360_segment.domain.timed.happenings import Happened
from c360_segment.domain.timed.present import by_name, present_of
from c360_segment.emission import membership_entry, next_version
from c360_segment.handlers.touched import Touched
from c360_segment.store.port import SegmentUnit
from c360_segment.store.seeing import accounts_seen, seeing, traits_seen


class _View(NamedTuple):
    """What of a customer is looked at. `newest` is the newest stamp (ms UTC) of its watched events,
    None where they have to be read for it."""

    state: CustomerState
    part: Part
    newest: int | None

    @property
    def is_live(self) -> bool:
        """Whether there are facts to hold conditions against."""
        return self.state.profile is not None and self.state.profile.live


async def evaluate(
    unit: SegmentUnit,
    segments: Segments,
    touched: Mapping[str, Touched],
    before: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Look at these customers again; keep and emit each membership that is no longer the same.

    `before` is what segments told of until now, where they are others now.
    """
    tick = await unit.present()
    views = await _views(unit, segments, touched, tick)
    looks = await _looks(unit, segments, views, tick)
    await _look_again(unit, views, looks)
    differing = await _differing(unit, views, looks)
    versions = await unit.versions(differing.keys())
    changed: dict[tuple[str, str], Membership] = {}
    for (customer, segment), member in differing.items():
        version = next_version(versions.get((customer, segment), BEFORE_ANY), unit.epoch)
        changed[customer, segment] = Membership(member, version)
        cause, known = touched[customer].cause, looks.get(customer)
        said = cause.time, _why(segments, known, segment), _told_of(segments, before, segment)
        redefined = before is not None
        published = MembershipChanged(customer, segment, version, member, *said, redefined)
        unit.emit(membership_entry(published, cause))
    await unit.keep_memberships(changed)


async def _views(
    unit: SegmentUnit, segments: Segments, touched: Mapping[str, Touched], tick: int
) -> Mapping[str, _View]:
    """Of those of these customers of whom something may be another."""
    states = await unit.customers(touched.keys())
    found = {c: _view(segments, state, touched[c], tick) for c, state in states.items()}
    return {customer: view for customer, view in found.items() if view is not None}


def _view(segments: Segments, state: CustomerState, how: Touched, tick: int) -> _View | None:
    whole = _View(state, segments.parts.whole, None)
    looked, changed = state.looked, how.changed
    if looked is None:
        return whole if whole.is_live else None  # else it is in nothing, as before
    if changed is None:
        return whole
    newest = max(looked.newest, changed.newest)
    is_over = looked.due is not None and looked.due <= max(tick, newest)
    part = segments.parts.affected(Reads(changed.events, traits=changed.traits, waits=is_over))
    return _View(state, part, newest) if part.among else None


async def _looks(
    unit: SegmentUnit, segments: Segments, views: Mapping[str, _View], tick: int
) -> Mapping[str, Look]:
    """At those of these customers who are live."""
    live = {customer: view for customer, view in views.items() if view.is_live}
    own = await unit.happened({c: view.part.events for c, view in live.items()})
    happened = await seeing(unit, segments.sights, own)
    acting = await unit.acting([c for c, view in live.items() if view.part.acts])
    past = await unit.past([c for c, view in live.items() if view.part.recalls])
    accounts = await accounts_seen(unit, segments.accounts, chain.from_iterable(acting.values()))
    known = {c: _known(c, view, happened.get(c, ()), tick) for c, view in live.items()}
    traits = await traits_seen(unit, segments.referred, {c: one.traits for c, one in known.items()})
    was = {c: past_of(c, past.get(c, Past())) for c in known}
    return {
        c: Look(
            one._replace(traits=traits[c], links=acting.get(c, ()), accounts=accounts, past=was[c])
        )
        for c, one in known.items()
    }


def _known(customer: str, view: _View, happened: Sequence[Happened], tick: int) -> Facts:
    profile, counts = view.state.profile, view.state.counts
    assert profile is not None, "it is live"
    events = by_name(happened)
    now = present_of(events, tick) if view.newest is None else max(tick, view.newest)
    return Facts(profile.traits, counts, events, now, customer)


async def _look_again(
    unit: SegmentUnit, views: Mapping[str, _View], looks: Mapping[str, Look]
) -> None:
    """Note that these were looked at, and have each be when something changes by itself."""
    found: dict[str, Looked | None] = {}
    for customer, view in views.items():
        look = looks.get(customer)
        found[customer] = None if look is None else _looked(view, look.facts)
    for customer, looked in found.items():
        if looked is not None and looked.due is not None:
            unit.schedule(looked.due, customer)
    await unit.keep_looks(found)


def _looked(view: _View, known: Facts) -> Looked:
    due, held = view.part.next_change(known), view.state.looked
    if held is not None and held.due is not None and not view.part.is_exact:
        # What is not looked at now changes no sooner than all did before.
        due = held.due if due is None else min(due, held.due)
    newest = present_of(known.events, 0) if view.newest is None else view.newest
    return Looked(newest, due)


async def _differing(
    unit: SegmentUnit, views: Mapping[str, _View], looks: Mapping[str, Look]
) -> Mapping[tuple[str, str], bool]:
    """Who is (true) or is not in a segment, other than is kept: by (customer, segment).

    In the order of names, so that the emitted entries do not depend on set order.
    """
    inside = await unit.inside({c: view.part.among for c, view in views.items()})
    differing: dict[tuple[str, str], bool] = {}
    for customer, view in views.items():
        look = looks.get(customer)
        holding = view.part.holding(look) if look else frozenset[str]()
        for segment in sorted(holding ^ inside[customer]):
            differing[customer, segment] = segment in holding
    return differing


def _told_of(
    segments: Segments, before: Mapping[str, tuple[str, ...]] | None, segment: str
) -> tuple[str, ...]:
    """Who leaves because a condition is another one was in by the one before."""
    now = segments.told_of.get(segment, ())
    return tuple(sorted({*now, *(before or {}).get(segment, ())}))


def _why(segments: Segments, look: Look | None, segment: str) -> str:
    if look is None:
        return "customer ended"
    reason = segments.parts.reasons.get(segment)
    return "segment no longer defined" if reason is None else "; ".join(reason(look))
