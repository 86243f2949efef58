"""A unit of work for stores without an open transaction: it gathers what is to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.log.entry import Entry, NewEntry, Positions
from c360_kernel.projection.dead_letters import dead_letter_entry
from typing_extensions import override

from c360_audit.domain.operation import Audited
from c360_audit.domain.placed_entry import PlacedEntry
from c360_audit.store.placed_entries import placed_entry
from c360_audit.store.port import AuditUnit


class GatheredAuditUnit(AuditUnit):
    """What a unit of work will write when it is left."""

    def __init__(self) -> None:
        self.audited: list[Audited] = []
        self.placed: list[PlacedEntry] = []
        self.letters: list[NewEntry] = []
        self.before: Positions = {}
        self.after: Positions = {}

    @override
    def keep(self, audited: Sequence[Audited]) -> None:
        self.audited += audited

    @override
    def place(self, placed: Sequence[PlacedEntry]) -> None:
        self.placed += placed

    @override
    def emit(self, entry: NewEntry) -> None:
        self.letters.append(entry)

    async def advance(self, before: Positions, after: Positions) -> None:
        """The conflict comes when the unit is left."""
        self.before, self.after = before, after

    @override
    async def dead_letter(self, entry: Entry, group: str, code: str) -> None:
        self.emit(dead_letter_entry(entry, group, code))
        self.place([placed_entry(entry)])


def once_each(audited: Sequence[Audited]) -> dict[str, Audited]:
    """By its id each operation once, where it came first: a batch may hold an entry twice."""
    kept: dict[str, Audited] = {}
    for one in audited:
        kept.setdefault(one.entry_id, one)
    return kept


def held_once(placed: Iterable[PlacedEntry], kept: Mapping[str, bytes]) -> Sequence[PlacedEntry]:
    """What stands, without the payloads that are kept with their operations, by entry id."""
    return [
        PlacedEntry(one.place, one.entry_id, one.head, None)
        if kept.get(one.entry_id) == one.data
        else one
        for one in placed
    ]
