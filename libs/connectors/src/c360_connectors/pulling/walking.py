"""One walk through a source: page by page, each kept as done once all of it is in the log.

A process that ends between a page and the keeping of it asks for that page again; its items are
duplicates then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from c360_mapping import json_numbers

from c360_connectors.pulling.calling import Caller
from c360_connectors.pulling.pages import Page
from c360_connectors.pulling.ports import Aside
from c360_connectors.pulling.pull import Pull
from c360_connectors.pulling.state import PullState, States, Walk
from c360_connectors.pulling.taking import Taken, Taking
from c360_connectors.refusals import ConnectorStopped
from c360_connectors.templates import Values

_DIGEST_BYTES = 8


class Walking:
    """Walks through one source. `now_ms` is the clock that windows end by."""

    def __init__(
        self,
        pull: Pull,
        caller: Caller,
        taking: Taking,
        aside: Aside,
        states: States,
        now_ms: Callable[[], int],
    ) -> None:
        self._pull = pull
        self._caller = caller
        self._taking = taking
        self._aside = aside
        self._states = states
        self._now_ms = now_ms

    async def run(self) -> PullState:
        """Take all that is new; the state at the end. Raises what asking and taking do."""
        state = self._begun(self._states.load())
        while state.walk is not None:
            page = await page_of(self._pull, self._caller, state.walk)
            after = self._after(state, state.walk, page)
            taken = await self._taking.rows(page.rows)
            state = self._with(after, taken)
            self._states.save(state)
        return state

    def _begun(self, state: PullState) -> PullState:
        pages = type(self._pull.pages).__name__
        if state.walk is not None and state.pages == pages:
            return state
        walk = walk_from(self._pull, state.cursor, self._now_ms())
        return replace(state, walk=walk, pages=pages)

    def _with(self, state: PullState, taken: Taken) -> PullState:
        length = state.aside_bytes
        if taken.aside:
            length = self._aside.put(taken.aside, length)
        counts = {**taken.counts, "aside": len(taken.aside)}
        return replace(state.counted(counts, taken.identifiers), aside_bytes=length)

    def _after(self, state: PullState, walk: Walk, page: Page) -> PullState:
        high, digest = self._highest(walk, page), _digest(page.rows)
        at = self._pull.pages.after(walk.at, page)
        if at is None:
            return self._ended(state, walk, high)
        if walk.has_been(at, digest if page.rows else ""):
            message = "the source answers with the same page again"
            raise ConnectorStopped(message, code="CONNECTOR_PAGE_LOOP")
        return replace(state, walk=walk.onward(at, high, digest))

    def _ended(self, state: PullState, walk: Walk, high: int | None) -> PullState:
        # A row that is dated in the future must not hide those that come until then.
        reached = high if high is None or walk.until is None else min(high, walk.until)
        known = [one for one in (state.cursor, reached) if one is not None]
        return replace(
            state,
            walk=None,
            cursor=max(known, default=None),
            runs=state.runs + 1,
            ended_ms=self._now_ms(),
            code="",
            message="",
            is_stopped=False,
        )

    def _highest(self, walk: Walk, page: Page) -> int | None:
        cursor = self._pull.cursor
        if cursor is None:
            return None
        try:
            return cursor.highest(page.rows, walk.high)
        except ValueError as error:
            message = "a row has a cursor that cannot be read"
            raise ConnectorStopped(message, code="CONNECTOR_CURSOR_INVALID") from error


def walk_from(pull: Pull, reached: int | None, now_ms: int) -> Walk:
    """A walk from the first page on, having come so far."""
    at, cursor = pull.pages.first(), pull.cursor
    if cursor is None:
        return Walk(at)
    until = cursor.until(now_ms) if cursor.is_of_time else None
    return Walk(at, cursor.since(reached), until)


async def page_of(pull: Pull, caller: Caller, walk: Walk) -> Page:
    """One page of a walk."""
    values = {**_window(pull, walk), **pull.pages.values(walk.at)}
    url = walk.at.get("url")
    said = await caller.ask(pull.request, values, pull.errors, None if url is None else str(url))
    return Page(said.content, pull.rows.of(said.content), said.link, said.url)


def _window(pull: Pull, walk: Walk) -> Values:
    cursor = pull.cursor
    if cursor is None or walk.since is None:
        return {}
    until = None if walk.until is None else cursor.shown(walk.until)
    return {"cursor": cursor.shown(walk.since), "until": until}


def _digest(rows: Sequence[object]) -> str:
    return hashlib.blake2b(json_numbers.dumps(rows), digest_size=_DIGEST_BYTES).hexdigest()
