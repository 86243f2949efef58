"""BG/NBD: how many purchases are to be expected of customers who may leave at any of them.

Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24 (2005). While
alive a customer buys by a Poisson process whose rate is gamma(r, alpha) distributed over customers;
after each purchase it leaves for ever with a chance that is beta(a, b) distributed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from c360_profile.domain.scores.history import History
from c360_profile.domain.scores.special import weighted_hypergeometric

_CLOSE_TO_ONE = 1e-6
_LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The four parameters, all above 0; `alpha` in weeks."""

    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, one: History) -> float:
        """That a customer has not left, 0 to 1. It is 1 of all who bought once.

        Never to be ranked by: one-time buyers, who are the least likely to come back, come first.
        """
        return 1 / (1 + math.exp(min(self.log_odds_left(one), _LARGEST_EXPONENT)))

    def log_odds_left(self, one: History) -> float:
        """ln of how much likelier it is that a customer left at its last purchase than not."""
        if one.frequency == 0:
            return -math.inf
        silence = math.log(self.alpha + one.age) - math.log(self.alpha + one.recency)
        return (
            math.log(self.a)
            - math.log(self.b + one.frequency - 1)
            + (self.r + one.frequency) * silence
        )

    def expected(self, one: History, weeks: float) -> float:
        """How many purchases are to be expected in the next `weeks` (equation 10)."""
        # Both sides of the difference are 0 at a = 1, where the limit is what is meant.
        a = 1 + _CLOSE_TO_ONE if abs(self.a - 1) < _CLOSE_TO_ONE else self.a
        x, c = one.frequency, a + self.b + one.frequency - 1
        z = weeks / (self.alpha + one.age + weeks)
        rest = weighted_hypergeometric(self.r + x, self.b + x, c, z)
        return max(0.0, (c - rest) / (a - 1) * self.probability_alive(one))
