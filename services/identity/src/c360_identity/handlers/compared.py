"""What comparing a batch found; apart from who compares, which needs more to be installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from c360_kernel.evidence.model import Pair
from c360_kernel.record import RecordKey

from c360_identity.store.matching_port import MatchingChanges


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing a batch found.

    `pairs` are those of which it changed whether they are evidence; `reformed` records were known
    and say something else, `recast` ones of what tells people apart; `apart` ones share a contact
    with somebody who is another person, or with so many that nobody looked. `said` is what those
    who were looked at say that is compared, if anything.
    """

    changes: MatchingChanges = field(default_factory=MatchingChanges)
    pairs: Mapping[Pair, bool] = field(default_factory=dict[Pair, bool])
    reformed: frozenset[RecordKey] = frozenset()
    recast: frozenset[RecordKey] = frozenset()
    apart: frozenset[RecordKey] = frozenset()
    said: Mapping[RecordKey, str] = field(default_factory=dict[RecordKey, str])
