"""How far one connector has come, as it is kept between pages, runs and processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol, cast

from c360_connectors.pulling.pages import At


@dataclass(frozen=True, slots=True)
class Walk:
    """Through pages: what was asked for, and which page is next. `high` is the greatest seen,
    `digest` of the page before.

    `far` and `far_digest` are of an earlier page, the last whose number is a power of two: a
    source that leads in a circle, however long, comes by one of them (Brent, 1980).
    """

    at: At
    since: int | None = None
    until: int | None = None
    high: int | None = None
    digest: str = ""
    steps: int = 0
    far: At | None = None
    far_digest: str = ""

    def onward(self, at: At, high: int | None, digest: str) -> Walk:
        """With one more page behind it."""
        steps = self.steps + 1
        ahead = replace(self, at=at, high=high, digest=digest, steps=steps)
        is_kept = steps & (steps - 1) == 0
        return replace(ahead, far=at, far_digest=digest) if is_kept else ahead

    def has_been(self, at: At, digest: str) -> bool:
        """Whether a page is one that was there before, by its place or, unless "", its content."""
        return at in (self.at, self.far) or digest in ({self.digest, self.far_digest} - {""})


@dataclass(frozen=True, slots=True)
class PullState:
    """`cursor` is what was taken for sure; `walk` is None between walks.

    `pages` says by which kind of pages the walk goes: of another kind it begins anew. `counts`
    are of all items ever, by what became of them, `identifiers` of those that identify nobody;
    `aside_bytes` is how much was put aside. `code` and `message` say what ended the last run, ""
    where it came to its end; `is_stopped`: somebody has to look. `positions` are of what was
    delivered and taken, by partition of `log`, or of the topic of this name.
    """

    cursor: int | None = None
    walk: Walk | None = None
    pages: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    runs: int = 0
    ended_ms: int = 0
    aside_bytes: int = 0
    code: str = ""
    message: str = ""
    positions: Mapping[str, int] = field(default_factory=dict[str, int])
    is_stopped: bool = False
    log: str = ""
    identifiers: Mapping[str, int] = field(default_factory=dict[str, int])

    def counted(
        self, more: Mapping[str, int], identifiers: Mapping[str, int] | None = None
    ) -> PullState:
        """With more items, and more identifiers that identify nobody."""
        found = _sum(self.identifiers, identifiers or {})
        return replace(self, counts=_sum(self.counts, more), identifiers=found)


def _sum(counts: Mapping[str, int], more: Mapping[str, int]) -> Mapping[str, int]:
    names = sorted(counts.keys() | more.keys())
    return {one: counts.get(one, 0) + more.get(one, 0) for one in names}


class States(Protocol):
    """Keeps the state of one connector."""

    def load(self) -> PullState:
        """The last that was kept; a fresh one where there is none."""
        ...

    def save(self, state: PullState) -> None:
        """Replace it as a whole, durably."""
        ...


def as_json(state: PullState) -> dict[str, Any]:
    """A state as JSON."""
    return asdict(state)


def from_json(found: object) -> PullState:
    """A state of `as_json`. Raises `ValueError`, `TypeError`, `AttributeError` for any other."""
    if not isinstance(found, dict):
        raise TypeError
    given = dict(cast("Mapping[str, Any]", found))
    walk = given.pop("walk", None)
    state = PullState(walk=None if walk is None else Walk(**walk), **given)
    if not _is_sound(state):
        raise ValueError
    return state


def _is_sound(state: PullState) -> bool:
    """Whether all is of its kind: what was mended by hand may be none."""
    counted = (state.counts, state.identifiers, state.positions)
    walk = state.walk or Walk({})
    numbers = [state.runs, state.ended_ms, state.aside_bytes, walk.steps]
    numbers += (number for one in counted for number in one.values())
    texts = (state.pages, state.code, state.message, state.log, walk.digest, walk.far_digest)
    marks = (state.cursor, walk.since, walk.until, walk.high)
    return (
        all(type(one) is int and one >= 0 for one in numbers)
        and all(type(one) is str for one in texts)
        and all(one is None or type(one) is int for one in marks)
        and all(one.isdecimal() for one in state.positions)
        and type(state.is_stopped) is bool
        and type(walk.at) is dict
        and (walk.far is None or type(walk.far) is dict)
    )
