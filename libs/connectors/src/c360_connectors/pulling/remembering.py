"""What was taken already is not sent again.

A walk asks from a little before what it has seen last, so that of a source where nothing happens
the same rows come with each walk. The services would know each of them again, and the log would
keep them all.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from c360_mapping import json_numbers
from c360_mapping.items import Item
from c360_mapping.mapping import Kind
from typing_extensions import override

from c360_connectors.pulling.ports import Outcome, Take

MOST = 50_000
"""How many items are known again; beyond, those that were taken first are sent once more."""
_DIGEST_BYTES = 16
_TAKEN = frozenset({"ACCEPTED", "APPLIED", "DUPLICATE", "OUTDATED"})
_KNOWN = Outcome("DUPLICATE")


class Remembering(Take):
    """Takes what it has not seen taken, for as long as a process runs."""

    def __init__(self, take: Take, most: int = MOST) -> None:
        self._take = take
        self._most = most
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    @override
    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        names = [_name(kind, one) for one in items]
        is_known = [one in self._seen for one in names]
        new = [one for one, known in zip(items, is_known, strict=True) if not known]
        outcomes = iter(await self._take.take(kind, new) if new else ())
        found = [_KNOWN if known else next(outcomes) for known in is_known]
        for name, outcome in zip(names, found, strict=True):
            if outcome.status in _TAKEN:
                self._keep(name)
        return found

    def _keep(self, name: bytes) -> None:
        self._seen[name] = None
        self._seen.move_to_end(name)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)


def _name(kind: Kind, item: Item) -> bytes:
    text = json_numbers.dumps([kind.name, item])
    return hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()
