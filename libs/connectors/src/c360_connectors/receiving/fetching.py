"""Asks for whole things that deliveries hinted at.

A delivery often has ids alone, or what changed alone, while a record of ours is a whole state. The
same thing that is hinted at several times is asked for once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from c360_connectors.pulling.calling import Caller
from c360_connectors.pulling.ports import DeadLetter
from c360_connectors.receiving.fetch import Fetch
from c360_connectors.refusals import Absent

# Dots alone are a way to elsewhere in an address.
_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.:@=+/-]{1,200}")


class Fetching:
    """Asks one source."""

    def __init__(self, fetch: Fetch, caller: Caller) -> None:
        self._fetch = fetch
        self._caller = caller

    def ids(self, rows: Sequence[object]) -> tuple[list[str], list[DeadLetter]]:
        """What rows hint at, each once; and those whose hint is nothing that an id looks like.

        An id stands in an address or in a query of the source, and comes from outside.
        """
        found: dict[str, None] = {}
        letters: list[DeadLetter] = []
        for row in rows:
            if not all(rule.holds(row) for rule in self._fetch.when):
                continue
            written = [str(one) for one in self._fetch.hint(row)]
            if written and all(_ID.fullmatch(one) for one in written):
                found |= dict.fromkeys(written)
            else:
                message = "the delivery does not say what to ask for"
                letters.append(DeadLetter("HINT_INVALID", "", message, row))
        return list(found), letters

    async def rows(self, ids: Sequence[str]) -> list[object]:
        """The whole things of these ids; what is no more there has none. Raises as `Caller`."""
        found: list[object] = []
        size = self._fetch.batch
        for begin in range(0, len(ids), size):
            found += await self._batch(ids[begin : begin + size])
        return found

    async def _batch(self, ids: Sequence[str]) -> list[object]:
        values = {"ids": tuple(ids), "id": ids[0]}
        try:
            said = await self._caller.ask(self._fetch.request, values, self._fetch.errors)
        except Absent:
            # One that is gone may be why all of them are refused.
            half = len(ids) // 2
            parts = (ids[:half], ids[half:]) if half else ()
            return [row for part in parts for row in await self._batch(part)]
        return [row for row in self._fetch.rows.of(said.content) if row is not None]
