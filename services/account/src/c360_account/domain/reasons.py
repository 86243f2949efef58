"""Why an account comes to what it does: what counts, of which time, and when that is another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from c360_kernel.calendar_spans import Span
from c360_kernel.catalog.computed_traits import RollUp
from c360_kernel.computing.windows import ALWAYS, changes_at, span_of

from c360_account.domain.counting import CountedEvent
from c360_account.domain.membership import Member
from c360_account.domain.roll_ups import RollUpRules, Traits


class Reason(NamedTuple):
    """Of a roll-up: the window that it looks at, and what counts there, the newest events first.

    `changes_at` is when it may be another though nothing happens (ms UTC), None if it never is:
    when the oldest of what counts leaves its window, a window of the calendar ends, or a member's
    link begins or ends.
    """

    roll_up: RollUp
    span: Span
    changes_at: int | None
    events: Sequence[CountedEvent] = ()
    members: Sequence[Member] = ()


def of_events(
    rules: RollUpRules, name: str, events: Iterable[CountedEvent], present: int
) -> Reason:
    """Why events of an account come to what they do at a moment (ms UTC)."""
    roll_up, given = rules.catalog.accounts.computed[name], list(events)
    span = span_of(roll_up.trait, present)
    counted = sorted(rules.counting(name, given, span), key=_newest_first)
    if not roll_up.trait.is_windowed:
        return Reason(roll_up, span, None, counted)
    # What is dated after a window of the calendar counts once that is over.
    later = rules.counting(name, given, span._replace(until=None))
    first = min((one.occurred_at for one in later), default=None)
    changes = None if first is None else changes_at(roll_up.trait, span, first)
    return Reason(roll_up, span, changes, counted)


def of_members(
    rules: RollUpRules,
    name: str,
    linked: Iterable[Member],
    traits: Mapping[str, Traits],
    present: int,
) -> Reason:
    """Why members of an account come to what they do; `linked` are those of all times."""
    every = list(linked)
    counted = rules.counting_members(name, traits)
    held = [one for one in every if one.holds_at(present) and one.customer in counted]
    moments = [at for one in every for at in (one.said.valid_from, one.said.valid_to)]
    later = min((at for at in moments if at > present), default=None)
    return Reason(rules.catalog.accounts.computed[name], ALWAYS, later, (), held)


def _newest_first(one: CountedEvent) -> tuple[int, str, str]:
    return -one.occurred_at, one.record.source, one.message_id
