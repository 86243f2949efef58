"""What a batch changed in the evidence, record by record, as resolution needs to know it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from c360_kernel.record import Identifier, RecordKey

from c360_identity.domain.model import Observation, SourceRecord
from c360_identity.domain.working_set import Before, ObservationState, WorkingSet


class RecordChange(NamedTuple):
    """How the evidence about one record changed.

    `fresh` records were unknown before; `gained` and `lost` are identifiers
    whose edge became active or inactive; `reordered` says that the record or
    an edge turned out to be older than was known, or that its deletion changed.
    """

    record: SourceRecord
    fresh: bool
    gained: tuple[Identifier, ...]
    lost: tuple[Identifier, ...]
    reordered: bool

    @property
    def is_straight(self) -> bool:
        """Whether its record is there, and nothing about it turned out to be older."""
        return not (self.reordered or self.record.deleted)


def changes_of(working: WorkingSet) -> dict[RecordKey, RecordChange]:
    """The records whose change can matter to resolution."""
    found: dict[RecordKey, RecordChange] = {}
    for key, record in working.records.items():
        change = _change(working, record, working.before.get(key))
        if change is not None:
            found[key] = change
    return found


def _change(
    working: WorkingSet, record: SourceRecord, before: Before | None
) -> RecordChange | None:
    held = working.observations[record.key]
    if before is None:
        active = tuple(i for i, o in held.items() if o.active)
        return RecordChange(record, fresh=True, gained=active, lost=(), reordered=False)
    known = before.observations
    gained = tuple(i for i, o in held.items() if o.active and not (i in known and known[i].active))
    lost = tuple(i for i, state in known.items() if state.active and not held[i].active)
    reordered = (
        record.age != before.state.age
        or record.deleted == (before.seed is not None)
        or any(held[i].active and _is_reordered(held[i], s) for i, s in known.items())
    )
    if not (gained or lost or reordered):
        return None
    return RecordChange(record, fresh=False, gained=gained, lost=lost, reordered=reordered)


def _is_reordered(now: Observation, before: ObservationState) -> bool:
    return now.first_seen != before.first_seen or now.since != before.since


def holder_changes(changes: Iterable[RecordChange]) -> dict[Identifier, int]:
    """By how much the number of records that carry an identifier changed."""
    deltas: dict[Identifier, int] = {}
    for change in changes:
        for identifier in change.gained:
            deltas[identifier] = deltas.get(identifier, 0) + 1
        for identifier in change.lost:
            deltas[identifier] = deltas.get(identifier, 0) - 1
    return deltas
