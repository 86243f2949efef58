"""Customers who buy and leave as the models say, always the same ones."""

from __future__ import annotations

from random import Random

from c360_profile.domain.scores.history import Purchases
from c360_profile.domain.scores.split import Split

SPLIT = Split(at=200, until=400)


def purchases(customers: int = 300) -> Purchases:
    """Each buys at a rate of its own, likes a price of its own, and leaves at some purchase."""
    chance = Random(7)
    return {f"c{number}": _bought(chance) for number in range(customers)}


def _bought(chance: Random) -> dict[int, float]:
    rate, leaving = chance.gammavariate(0.7, 1 / 25) + 1e-6, chance.betavariate(1.2, 3)
    likes, day, spent = chance.uniform(10, 90), float(chance.randrange(60)), dict[int, float]()
    while day <= SPLIT.until:
        spent[int(day)] = likes * chance.uniform(0.5, 1.5)
        if chance.random() < leaving:
            break
        day += chance.expovariate(rate)
    return spent
