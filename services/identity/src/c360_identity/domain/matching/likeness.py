"""How alike two groups of records are: the check that keeps one likeness from joining many people.

One pair of records may look alike by chance. Before a pair joins two customers, what a few of the
records of each say is compared, thing by thing: a thing that several pairs tell counts by its mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.record import RecordKey

from c360_identity.domain.matching.scoring import Forms, Scorer


class FormLikeness:
    """How alike records are, by their forms.

    Over records whose forms are known; those that say nothing are not in it. `personal` are the
    forms that `Scorer.personal` gives of them, where these are at hand.
    """

    def __init__(
        self,
        scorer: Scorer,
        forms: Mapping[RecordKey, Forms],
        personal: Mapping[RecordKey, Forms] | None = None,
    ) -> None:
        self._scorer = scorer
        self._forms = forms
        self._personal = personal
        self._known: dict[tuple[RecordKey, RecordKey], Sequence[float | None]] = {}

    def __contains__(self, record: RecordKey) -> bool:
        return record in self._forms

    def enough(self, ones: Sequence[RecordKey], others: Sequence[RecordKey]) -> bool:
        """Whether all that these say together is still in favour of one person.

        It is not where every second pair is of two people by itself.
        """
        pairs = [(one, other) for one in ones for other in others]
        if 2 * sum(self.apart(*pair) for pair in pairs) >= len(pairs):
            return False
        rows = [self._row(*pair) for pair in pairs]
        return self._scorer.model.prior + sum(map(_mean, zip(*rows, strict=True))) >= 0.0

    def apart(self, one: RecordKey, other: RecordKey) -> bool:
        """Whether two records are of different people of one household; see `Scorer.are_apart`."""
        if self._personal is None:
            a, b = self._forms.get(one), self._forms.get(other)
            return a is not None and b is not None and self._scorer.are_apart(a, b)
        a, b = self._personal.get(one), self._personal.get(other)
        return a is not None and b is not None and self._scorer.are_two(a, b)

    def _row(self, one: RecordKey, other: RecordKey) -> Sequence[float | None]:
        pair = (one, other) if one <= other else (other, one)
        found = self._known.get(pair)
        if found is None:
            a, b = pair
            found = self._known[pair] = self._scorer.row(self._forms[a], self._forms[b])
        return found


def _mean(told: Iterable[float | None]) -> float:
    bits = [one for one in told if one is not None]
    return sum(bits) / len(bits) if bits else 0.0
