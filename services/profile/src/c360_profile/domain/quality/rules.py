"""What the catalog says of the quality of data: what is a valid value, and how good is enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.corrections import STEWARD
from c360_kernel.record import RecordKey, TraitValue
from c360_kernel.value_types import fits

from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.quality.counted import (
    MOST_COMPARED,
    Compared,
    RecordCount,
    compared,
    day_of,
)
from c360_profile.domain.record import SourceRecord
from c360_profile.domain.revision import Revision


class QualityRules:
    """Judges by a catalog. A value is valid that is of its type, within its rules, and has a normal
    form where it is an identifier.
    """

    def __init__(self, rules: GoldenRules) -> None:
        self.catalog = rules.catalog
        self._rules = rules
        traits = self.catalog.traits
        self._known = traits.keys()
        self._merged = {n for n, one in traits.items() if one.survivorship == "union"}

    def record(self, record: SourceRecord) -> RecordCount | None:
        """What a record counts as; None where it is nobody's, deleted, or a correction."""
        latest = record.latest
        if not record.customer or latest is None or record.key.source == STEWARD:
            return None
        parts = record.parts
        valid = self._valid(record.key, parts)
        invalid = [
            name
            for part in parts
            for name in part.traits.keys() - valid.keys()
            if name in self._known and not _is_nothing(part.traits[name])
        ]
        return RecordCount(record.key.source, day_of(latest.observed_at), invalid, valid)

    def customer(
        self, own: Sequence[SourceRecord], counted: Mapping[str, RecordCount | None]
    ) -> Compared:
        """What is compared of a customer's records; `counted` are some that were judged before."""
        if not 1 < len(own) <= MOST_COMPARED:
            return ()
        told = [
            (one.key.source, self._said(one, counted.get(str(one.key))))
            for one in own
            if one.key.source != STEWARD
        ]
        return compared(told, self._merged)

    def _said(self, record: SourceRecord, counted: RecordCount | None) -> Mapping[str, TraitValue]:
        return self._valid(record.key, record.parts) if counted is None else counted.valid

    def _valid(self, key: RecordKey, parts: Iterable[Revision]) -> Mapping[str, TraitValue]:
        """The valid values of a record, by trait."""
        found = [self._rules.valid(key, part) for part in parts]
        # Of nearly all records one revision holds.
        if len(found) == 1:
            return found[0]
        return {name: value for one in found for name, value in one.items()}


def _is_nothing(value: TraitValue) -> bool:
    return not fits("string", value) if isinstance(value, str) else value == ()
