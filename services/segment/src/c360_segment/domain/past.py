"""What customers were: what their profiles told, of that whose past segments ask for.

What was so of a customer at a past moment is what had been told of it by then, by the stamps of
the entries: of all that, the greatest version. So the past follows from the entries of the topic
alone, in whatever order and however often they come.

A merge that was taken back leaves no trace: a version that says that a customer ended says nothing
of what it was, and what was told of its successor until it came back is not the successor's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from c360_kernel.record import TraitValue
from c360_kernel.version import Version

from c360_segment.domain.state import ProfileState

PAST = "past:"
"""The name of what was told of a customer before, among facts: no trait can have it."""
_AT = attrgetter("at")
_BY_VERSION = attrgetter("version")
_NOTHING: Mapping[str, TraitValue] = {}


class Profiled(NamedTuple):
    """A profile as it was told, its stamp (ms UTC), and the successor of one that has ended."""

    profile: ProfileState
    at: int
    successor: str = ""


class Telling(NamedTuple):
    """What is kept of a profile: its version, its stamp (ms UTC), and the values whose past is
    asked for. Of a customer that ended (`live` is false) its successor, "" of none."""

    version: Version
    at: int
    values: Mapping[str, TraitValue] = _NOTHING
    live: bool = True
    successor: str = ""


class Past(NamedTuple):
    """What is kept of what was told of a customer, and of each that once ended as a part of it."""

    told: Sequence[Telling] = ()
    joined: Sequence[Sequence[Telling]] = ()


class Was(NamedTuple):
    """What was known of a customer from a moment on (ms UTC)."""

    at: int
    values: Mapping[str, TraitValue]


class Span(NamedTuple):
    """From a moment until before another (ms UTC)."""

    since: int
    until: int


def worth_keeping(
    known: ProfileState | None,
    held: Iterable[Telling],
    told: Iterable[Profiled],
    names: Collection[str],
) -> Iterator[Telling]:
    """What of the profiles of a customer is to be kept beside what is held of it.

    `known` is the greatest version before. Versions of an epoch have no gaps: one that follows
    another and says the same begins nothing.
    """
    last = max(held, default=None, key=_BY_VERSION)
    for profile, at, successor in sorted(told, key=lambda one: one.profile.version):
        values = {name: profile.traits[name] for name in sorted(names) if name in profile.traits}
        one = Telling(profile.version, at, values, profile.live, successor)
        is_newest = known is None or profile.version > known.version
        if not (is_newest and _goes_on(one, last, known)):
            yield one
            last = one if is_newest else last
        if is_newest:
            known = profile


def _goes_on(one: Telling, last: Telling | None, known: ProfileState | None) -> bool:
    if last is None or known is None or not (last.live and one.live) or one.at < last.at:
        return False
    epoch, counter = known.version
    follows = one.version == Version(epoch, counter + 1)
    return follows and _typed(one.values) == _typed(last.values)


def _typed(values: Mapping[str, TraitValue]) -> Mapping[str, tuple[type, TraitValue]]:
    """True and 1 are equal, and two things to conditions."""
    return {name: (type(value), value) for name, value in values.items()}


def past_of(customer: str, past: Past) -> Sequence[Was]:
    """What a customer was, earliest first."""
    own = _told(past.told)
    spans = [one for told in past.joined for one in _stays(told, customer)]
    kept = [one for one in own if not any(s.since <= one.at < s.until for s in spans)]
    ends = {span.until for span in spans}
    after = (end for end in ends if not any(s.since <= end < s.until for s in spans))
    return sorted([*kept, *(Was(end, was_at(own, end)) for end in after)], key=_AT)


def _told(told: Iterable[Telling]) -> Sequence[Was]:
    """What a greater version told as early was never the greatest one told."""
    found: list[Was] = []
    for one in sorted(told, key=_BY_VERSION, reverse=True):
        if one.live and (not found or one.at < found[-1].at):
            found.append(Was(one.at, one.values))
    return found[::-1]


def _stays(told: Iterable[Telling], successor: str) -> Iterator[Span]:
    """When a customer was a part of another from which it came back."""
    since: int | None = None
    for one in sorted(told, key=_BY_VERSION):
        if one.live and since is not None:
            yield Span(since, one.at)
        if one.live or one.successor != successor:
            since = None
        elif since is None:
            since = one.at


def was_at(past: Sequence[Was], at: int) -> Mapping[str, TraitValue]:
    """What was known of a customer at a moment (ms UTC): nothing before the first profile."""
    before = bisect_right(past, at, key=_AT)
    return past[before - 1].values if before else _NOTHING


def next_after(past: Sequence[Was], at: int) -> int | None:
    """The first moment after one from which on something else was known; None if there is none."""
    ahead = bisect_right(past, at, key=_AT)
    return past[ahead].at if ahead < len(past) else None
