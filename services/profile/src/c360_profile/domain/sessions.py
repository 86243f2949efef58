"""Sessions: runs of events of which none comes long after the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from c360_profile.domain.event import Event


class Session(NamedTuple):
    """The events of one run, newest first; times are ms UTC."""

    events: tuple[Event, ...]

    @property
    def started_at(self) -> int:
        """When the first of them happened."""
        return self.events[-1].occurred_at

    @property
    def ended_at(self) -> int:
        """When the last of them happened."""
        return self.events[0].occurred_at

    @property
    def names(self) -> Sequence[str]:
        """The names of its events, sorted."""
        return sorted({one.name for one in self.events})

    @property
    def sources(self) -> Sequence[str]:
        """The sources that saw them, sorted."""
        return sorted({one.record.source for one in self.events})


def sessions(newest_first: Iterable[Event], idle_ms: int) -> Iterator[Session]:
    """The sessions of events, newest first: a new one begins after more than `idle_ms` of rest."""
    run: list[Event] = []
    for event in newest_first:
        if run and run[-1].occurred_at - event.occurred_at > idle_ms:
            yield Session(tuple(run))
            run = []
        run.append(event)
    if run:
        yield Session(tuple(run))
