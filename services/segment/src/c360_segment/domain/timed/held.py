"""What has been so for a time: a condition that holds without a break.

What held at a past moment follows from what had happened by then, however late it was told. So a
late event changes when it began, and a merge or an un-merge moves that with the events. Of traits
and facts it follows from what profiles had told by then (`c360_segment.domain.past`), of accounts
from the times that links have.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from c360_kernel.conditions import tree
from c360_kernel.conditions.plain import plain, plain_test
from c360_kernel.conditions.tree import ValueTest

from c360_segment.domain.drawn import Draw
from c360_segment.domain.past import next_after, was_at
from c360_segment.domain.timed.acting import Acting
from c360_segment.domain.timed.counted import Measured
from c360_segment.domain.timed.dates import RelativeDate
from c360_segment.domain.timed.happenings import Happened, Happening, Moment
from c360_segment.domain.timed.regular import Regular
from c360_segment.domain.timed.sequence import Ordered

_AT = attrgetter("at")
_FIRST = -30_610_224_000_000
"""The year 1000, in ms UTC: nothing began before, and windows look back for centuries."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Who is drawn by lot: the same at every moment."""

    lot: Draw

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at: no event."""
        return ()

    def holds(self, moment: Moment, /) -> bool:
        """Whether the customer is."""
        return self.lot.draws(moment.customer)

    def changes_at(self, _: Moment) -> int | None:
        """Never."""
        return None

    @property
    def plain(self) -> list[object]:
        """It as plain values."""
        return ["bucket", float(self.lot.percent), self.lot.of]


@dataclass(frozen=True, slots=True)
class Valued:
    """A test on a golden trait, or on a fact under its own name, as it was at a moment."""

    test: ValueTest

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at: no event."""
        return ()

    def holds(self, moment: Moment, /) -> bool:
        """Whether the value passed."""
        return self.test.holds(moment.traits)

    def changes_at(self, _: Moment) -> int | None:
        """Never by itself: somebody tells another value."""
        return None

    @property
    def plain(self) -> list[object]:
        """It as plain values."""
        return ["trait", *plain_test(self.test)]


@dataclass(frozen=True, slots=True)
class Held:
    """A condition holds now, and did at every moment of the `length_ms` before.

    At a moment that has happened which is said to have happened by then. Before the first event it
    is as it is of nobody's events, before the first profile as of whom nothing is known. After
    Dittofeed's `HasBeen`.
    """

    inner: tree.Condition[PastLeaf]
    length_ms: int

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What it looks at."""
        return tuple(one for leaf in tree.leaves(self.inner) for one in leaf.happenings)

    def holds(self, moment: Moment, /) -> bool:
        """Whether it is so at a moment."""
        if not self.inner.holds(_then(moment, moment.now)):
            return False
        thens = self._thens(moment, moment.now - self.length_ms)
        return all(self.inner.holds(then) for then in thens)

    def since(self, moment: Moment) -> int | None:
        """When it began to be so, as it is at a moment (ms UTC); None if it is not, or was always.

        Whatever its length.
        """
        before_any = max(min([moment.now, *_firsts(moment)]) - 1, _FIRST)
        begun = self._begun(moment, before_any)
        return None if begun == before_any else begun

    def changes_at(self, moment: Moment) -> int | None:
        """When it may be another by itself."""
        here = _then(moment, moment.now)
        after, is_so = self._next(moment, here), self.inner.holds(here)
        begun = self._begun(moment, moment.now - self.length_ms) if is_so else None
        over = None if begun is None else begun + self.length_ms
        moments = (one for one in (after, over) if one is not None and one > moment.now)
        return min(moments, default=None)

    def _begun(self, moment: Moment, since: int) -> int | None:
        """When it began to be so, looking back to a moment; None if it is not so."""
        begun = None
        for then in self._thens(moment, since):
            if not self.inner.holds(then):
                begun = None
            elif begun is None:
                begun = then.now
        return begun

    def _thens(self, moment: Moment, since: int) -> Iterator[Moment]:
        """From a moment until now each at which the condition may be another."""
        at: int | None = since
        moment = self._chosen(moment)
        while at is not None and at <= moment.now:
            then = _then(moment, at)
            yield then
            at = self._next(moment, then)

    def _chosen(self, moment: Moment) -> Moment:
        """The moment with the events that are meant, so that none is tested at each past one."""
        named = [one for one in self.happenings if one.where or one.source]
        return moment._replace(chosen={one: one.among(moment) for one in named})

    def _next(self, moment: Moment, then: Moment) -> int | None:
        """The first moment after one at which the condition may be another; None if never."""
        moments = [leaf.changes_at(then) for leaf in tree.leaves(self.inner)]
        moments.append(next_after(moment.past, then.now))
        for name in {one.event for one in self.happenings}:
            events = moment.events.get(name, ())
            ahead = bisect_right(events, then.now, key=_AT)
            moments.append(events[ahead].at if ahead < len(events) else None)
        return min((one for one in moments if one is not None), default=None)

    @property
    def plain(self) -> list[object]:
        """It as lists and plain values."""
        return ["held", self.length_ms, plain(self.inner, lambda leaf: leaf.plain)]


PastLeaf: TypeAlias = Measured | Ordered | Regular | Lot | Valued | RelativeDate | Acting | Held
"""What may be so for a time."""


def _firsts(moment: Moment) -> Iterator[int]:
    """The first moments of all that a customer's past is made of."""
    yield from (named[0].at for named in moment.events.values() if named)
    yield from (one.at for one in moment.past[:1])
    yield from (at for one in moment.links for at in (one.since, one.until) if at)


def _then(moment: Moment, at: int) -> Moment:
    """What a customer was at a moment."""
    happened = {name: _until(events, at) for name, events in moment.events.items()}
    chosen = {one: _until(events, at) for one, events in moment.chosen.items()}
    known = was_at(moment.past, at)
    return moment._replace(now=at, traits=known, events=happened, chosen=chosen)


def _until(events: Sequence[Happened], at: int) -> Sequence[Happened]:
    return events[: bisect_right(events, at, key=_AT)]
