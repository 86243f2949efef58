"""The soak tells what goes on growing from what wavers, jumps once or falls."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from benchmarks.soaking.growth import LEAST, PARTS, changes, grown

SAMPLES = 90
Shape = Callable[[float, random.Random], float]
"""Megabytes at a share (0..1) of the whole run."""


def samples(shape: Shape, seed: int) -> Sequence[dict[str, float]]:
    chance = random.Random(seed)
    flat = dict.fromkeys(LEAST, 50.0)
    return [
        {**flat, "seconds": number * 10.0, "rss_mb": shape(number / SAMPLES, chance)}
        for number in range(SAMPLES + 1)
    ]


def wavering(place: float, chance: random.Random) -> float:
    """As it is seen: a little noise, and now and then a collection that is due."""
    return 300 + chance.gauss(0, 1.5) + (20 if chance.random() < 0.1 else 0)


def share_grown(shape: Shape) -> float:
    return sum("rss_mb" in grown(samples(shape, seed)) for seed in range(200)) / 200


@pytest.mark.parametrize(
    "shape",
    [
        wavering,
        lambda place, chance: wavering(place, chance) + min(place, 0.5) * 400,
        lambda place, chance: wavering(place, chance) - place * 40,
        lambda place, chance: wavering(place, chance) + (30 if place > 0.95 else 0),
        lambda place, chance: 300 + place,
    ],
    ids=["wavers", "fills at first", "falls", "jumps at the end", "too little to tell"],
)
def test_what_does_not_go_on_growing(shape: Shape) -> None:
    assert share_grown(shape) <= 0.02


@pytest.mark.parametrize(
    "shape",
    [
        lambda place, chance: wavering(place, chance) + place * 30,
        lambda place, chance: wavering(place, chance) + int(place * 12) * 4,
        lambda place, chance: wavering(place, chance) + place * 100 - int(place * 20) * 4,
    ],
    ids=["slowly", "by steps", "with collections that do not find all"],
)
def test_what_goes_on_growing(shape: Shape) -> None:
    assert share_grown(shape) >= 0.9


def test_the_rise_is_that_of_the_half() -> None:
    change = changes(samples(lambda place, _: 100 + 40 * place, 0))["rss_mb"]
    assert change.rise == pytest.approx(20, abs=1)
    assert change.noise < 1
    assert change.is_certain


def test_too_few_samples_say_nothing() -> None:
    few = samples(wavering, 0)[: PARTS + 1]
    with pytest.raises(ValueError, match="9 samples"):
        changes(few)
