"""Where purchases are cut in time: what is known, and what is to be predicted of it."""

from __future__ import annotations

from dataclasses import dataclass

from c360_profile.domain.scores.history import DAYS_A_WEEK, Purchases


@dataclass(frozen=True, slots=True)
class Split:
    """Known is what was by the end of day `at`; to be predicted what came after, to `until`.

    Days since 1970-01-01 UTC.
    """

    at: int
    until: int

    @property
    def weeks(self) -> float:
        """How far is looked ahead."""
        return (self.until - self.at) / DAYS_A_WEEK


def halved(purchases: Purchases, until: int) -> Split:
    """As much time before the split as after it, from the first purchase of all."""
    first = min(day for spending in purchases.values() for day in spending)
    return Split((first + until) // 2, until)
