"""The pairs of a batch that look alike, and whoever shares a contact with another person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from c360_kernel.evidence.model import Pair
from c360_kernel.record import RecordKey

from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.scoring import Forms, Scorer
from c360_identity.domain.matching.sieve import Sieve
from c360_identity.store.matching_port import Match


class Weighing:
    """Weighs records by what each says; `found` are pairs from `review` on."""

    def __init__(
        self, scorer: Scorer, sieve: Sieve, forming: Forming, said: Mapping[RecordKey, str]
    ) -> None:
        self._scorer, self._sieve, self._forming = scorer, sieve, forming
        self._said = said
        self._known: dict[RecordKey, tuple[Forms, int]] = {}
        self.found: dict[Pair, Match] = {}
        self.apart: set[RecordKey] = set()

    def weigh(self, record: RecordKey, others: Iterable[RecordKey]) -> None:
        """Weigh a record against others."""
        share, bits_of = self._forming.share, self._sieve.bits
        mine, i_tell = self._of(record)
        for other in others:
            theirs, they_tell = self._of(other)
            is_first = record <= other
            one, two = (mine, theirs) if is_first else (theirs, mine)
            bits, shares = bits_of(one, two, i_tell & they_tell), share(one, two)
            if bits is None and not shares:
                continue
            pair = (record, other) if is_first else (other, record)
            if shares and self._scorer.are_apart(one, two):
                self.apart.update(pair)
            if bits is not None:
                self.found[pair] = Match(bits, self._scorer.is_evidence(one, two, bits))

    def _of(self, record: RecordKey) -> tuple[Forms, int]:
        known = self._known.get(record)
        if known is None:
            forms = self._forming.forms(self._said[record])
            known = self._known[record] = forms, self._sieve.told(forms)
        return known
