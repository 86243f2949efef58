"""The pairs of a batch that look alike, and whoever shares a contact with another person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from c360_kernel.evidence.model import Pair
from c360_kernel.record import RecordKey

from c360_identity.domain.matching.forming import Forming, Portrait
from c360_identity.domain.matching.scoring import Forms, Scorer
from c360_identity.domain.matching.sieve import Sieve, Weighed
from c360_identity.store.matching_port import Match


class Weighing:
    """Weighs records by what each says; `found` are pairs from `review` on."""

    def __init__(
        self, scorer: Scorer, sieve: Sieve, forming: Forming, said: Mapping[RecordKey, str]
    ) -> None:
        self._scorer, self._sieve, self._forming = scorer, sieve, forming
        self._accept = scorer.model.accept
        self._said = said
        self._known: dict[RecordKey, Portrait] = {}
        self.found: dict[Pair, Match] = {}
        self.apart: set[RecordKey] = set()

    def weigh(self, record: RecordKey, others: Iterable[RecordKey]) -> None:
        """Weigh a record against others."""
        of, weighed_by, share = self._of, self._sieve.weighed, self._forming.share
        mine, i_say = of(record)
        for other in others:
            theirs, they_say = of(other)
            both, is_first = i_say & they_say, record <= other
            one, two = (mine, theirs) if is_first else (theirs, mine)
            weighed, shares = weighed_by(one, two, both), share(one, two, both)
            if weighed is None and not shares:
                continue
            pair = (record, other) if is_first else (other, record)
            is_apart = self._are_apart(one, two, weighed)
            if shares and is_apart:
                self.apart.update(pair)
            if weighed is not None:
                is_evidence = not is_apart and self._is_enough(weighed)
                self.found[pair] = Match(weighed.bits, is_evidence)

    def _are_apart(self, one: Forms, two: Forms, weighed: Weighed | None) -> bool:
        """As `Scorer.are_apart`; of who was weighed to the end all is told that it looks at."""
        scorer = self._scorer
        return scorer.are_apart(one, two) if weighed is None else scorer.tells_apart(weighed.told)

    def _is_enough(self, weighed: Weighed) -> bool:
        return weighed.bits >= self._accept and self._scorer.is_founded(weighed.told)

    def _of(self, record: RecordKey) -> Portrait:
        known = self._known.get(record)
        if known is None:
            known = self._known[record] = self._forming.portrait(self._said[record])
        return known
