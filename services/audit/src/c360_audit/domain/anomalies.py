"""What stands out of how a role is commonly used, and what would have to be looked at at once.

Whoever acts is held against the others of the same roles, by the median of their hours and by how
far these commonly are from it (MAD): one who does a great deal moves neither. Where too few others
are known, against one's own other hours. A customer's names in the log tell nothing of ids, so ids
that are tried in sequence are told by look-ups that find nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Literal

from c360_audit.domain.activity import HOUR_MS, Activity, Actor

Kind = Literal["CUSTOMERS", "VOLUME", "HOURS", "REFUSALS", "ENUMERATION"]
_Value = Callable[[Activity], int]
_DAY_H = 24
COMMON_MS = 28 * _DAY_H * HOUR_MS
"""How far back what is common is looked for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as out of the ordinary.

    `score` is the modified z-score (0.6745 · distance / MAD) beyond which an hour stands out; 3.5
    is the common choice (Iglewicz and Hoaglin). An hour below `floor` never does, nor is anything
    held against fewer than `least` hours. `share` is the share of refusals, or of look-ups that
    found nobody, from which on they count, if there are `tries` at least. An hour of the day is
    unusual that was idle on all of `days` days or more.
    """

    score: float = 3.5
    floor: int = 20
    least: int = 5
    share: float = 0.5
    tries: int = 10
    days: int = 5


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What somebody did, in the hour that begins `at` (ms UTC), and what is common.

    `value` is what was counted, or a share in percent; `common` the median that it was held
    against, `spread` its MAD; both None where nothing was.
    """

    kind: Kind
    principal: str
    roles: tuple[str, ...]
    at: int
    value: int
    common: float | None = None
    spread: float | None = None


def anomalies(
    activity: Iterable[Activity], since: int, terms: Terms | None = None
) -> list[Anomaly]:
    """What stands out since a time, newest first; all of `activity` says what is common."""
    hours, chosen = list(activity), terms or Terms()
    recent = [one for one in hours if one.hour >= since // HOUR_MS]
    found = [
        *_standing_out("CUSTOMERS", lambda one: one.customers, hours, recent, chosen),
        *_standing_out("VOLUME", lambda one: one.operations, hours, recent, chosen),
        *_unusual_hours(hours, recent, chosen),
        *_shares("REFUSALS", lambda one: (one.refused, one.operations), recent, chosen),
        *_shares("ENUMERATION", lambda one: (one.missed, one.lookups), recent, chosen),
    ]
    return sorted(found, key=lambda one: (-one.at, one.principal, one.kind, one.roles))


def _standing_out(
    kind: Kind,
    value: _Value,
    hours: Sequence[Activity],
    recent: Sequence[Activity],
    terms: Terms,
) -> Iterator[Anomaly]:
    by_roles = _by_roles(hours)
    for one in recent:
        if value(one) < terms.floor:
            continue
        common = [value(other) for other in _compared(one, by_roles[one.actor.roles], terms)]
        if len(common) < terms.least:
            continue
        middle = median(common)
        spread = median(abs(other - middle) for other in common)
        # Where nearly all are alike, MAD is 0: a quarter of the median, or one, stands in.
        distance = 0.6745 * (value(one) - middle) / max(spread, middle / 4, 1.0)
        if distance > terms.score:
            yield _anomaly(kind, one, value(one), middle, spread)


def _by_roles(hours: Sequence[Activity]) -> Mapping[tuple[str, ...], list[Activity]]:
    found: dict[tuple[str, ...], list[Activity]] = defaultdict(list)
    for one in hours:
        found[one.actor.roles].append(one)
    return found


def _compared(one: Activity, alike: Sequence[Activity], terms: Terms) -> Sequence[Activity]:
    """The hours of others of the same roles, or one's own others where those are too few."""
    others = [other for other in alike if other.actor != one.actor]
    if len(others) >= terms.least:
        return others
    return [other for other in alike if other.actor == one.actor and other.hour != one.hour]


def _unusual_hours(
    hours: Sequence[Activity], recent: Sequence[Activity], terms: Terms
) -> Iterator[Anomaly]:
    by_roles = _by_roles(hours)
    for one in recent:
        alike = [other for other in by_roles[one.actor.roles] if other is not one]
        elsewhere = [other for other in alike if other.hour // _DAY_H != one.hour // _DAY_H]
        days = {other.hour // _DAY_H for other in elsewhere}
        if len(days) >= terms.days and not any(_is_near(one, other) for other in elsewhere):
            yield _anomaly("HOURS", one, one.operations)


def _is_near(one: Activity, other: Activity) -> bool:
    """Whether both are at about the same hour of the day."""
    apart = abs(one.hour - other.hour) % _DAY_H
    return min(apart, _DAY_H - apart) <= 1


def _shares(
    kind: Kind,
    counted: Callable[[Activity], tuple[int, int]],
    recent: Sequence[Activity],
    terms: Terms,
) -> Iterator[Anomaly]:
    """Whose tries mostly fail within a day: slow ones as well."""
    days = sorted(recent, key=_day_of)
    for (actor, _), hours in groupby(days, key=_day_of):
        day = list(hours)
        failed, tries = (sum(counts) for counts in zip(*map(counted, day), strict=True))
        if failed >= terms.tries and failed >= terms.share * tries:
            last = max(day, key=lambda one: one.hour)
            yield Anomaly(
                kind, actor.principal, actor.roles, last.hour * HOUR_MS, round(100 * failed / tries)
            )


def _day_of(one: Activity) -> tuple[Actor, int]:
    return one.actor, one.hour // _DAY_H


def _anomaly(
    kind: Kind,
    one: Activity,
    value: int,
    common: float | None = None,
    spread: float | None = None,
) -> Anomaly:
    actor = one.actor
    return Anomaly(kind, actor.principal, actor.roles, one.hour * HOUR_MS, value, common, spread)
