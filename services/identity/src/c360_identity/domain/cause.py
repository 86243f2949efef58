"""Why a record's customer changed: one or two words for people, never a value."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

from c360_kernel.evidence.rules import Rules
from c360_kernel.record import Identifier

from c360_identity.domain.changes import RecordChange

NEW = "new"
DELETED = "deleted"
RETRACTED = "retracted"
OLDER = "older evidence"
ALIKE = "likeness"


def cause_of(change: RecordChange, holders: Mapping[Identifier, int], rules: Rules) -> str:
    """What a change of one record says to those whose customer changes with it.

    A gain is named by the strongest gained type that somebody else carries too.
    """
    if change.record.deleted:
        return DELETED
    if change.lost:
        return RETRACTED
    if change.reordered:
        return OLDER
    shared = {i.type for i in change.gained if holders[i] > 1}
    ranked = sorted((rules.tier(name), name) for name in shared)
    return min(ranked, key=itemgetter(0))[1] if ranked else NEW
