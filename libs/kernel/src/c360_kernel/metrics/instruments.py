"""Counters, gauges and histograms, and their text form (Prometheus exposition format 0.0.4).

A label holds one of a few names that this project gives: a topic, a group, a code. Never a value
of a customer, and nothing that a caller may choose.
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from typing_extensions import override

Labels = tuple[str, ...]
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Instrument(Protocol):
    """Anything that can be told to a scraper."""

    def lines(self) -> Iterator[str]:
        """Its samples, after what they are called and mean."""
        ...


class Counter(Instrument):
    """A number that only grows, one for each combination of labels. Safe across threads."""

    def __init__(self, name: str, meaning: str, labels: Labels = ()) -> None:
        self.name = name
        self._meaning = meaning
        self._labels = labels
        self._lock = threading.Lock()
        self._values: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count `amount` more under these labels."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0) + amount

    def value(self, *labels: str) -> float:
        """What was counted under these labels."""
        return self._values.get(labels, 0)

    @override
    def lines(self) -> Iterator[str]:
        yield from _head(self.name, self._meaning, "counter")
        yield from _samples(self.name, self._labels, dict(self._values))


class Gauge(Instrument):
    """How many blocks of it are being run: one more for the time of each. Safe across threads."""

    def __init__(self, name: str, meaning: str) -> None:
        self.name = name
        self._meaning = meaning
        self._lock = threading.Lock()
        self._value = 0

    def __enter__(self) -> None:
        with self._lock:
            self._value += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._value -= 1

    @override
    def lines(self) -> Iterator[str]:
        return gauge_lines(self.name, self._meaning, (), {(): self._value})


class Level(Instrument):
    """A number as it was last found. Safe across threads."""

    def __init__(self, name: str, meaning: str) -> None:
        self.name = name
        self._meaning = meaning
        self.value = 0
        """What it was found to be."""

    @override
    def lines(self) -> Iterator[str]:
        return gauge_lines(self.name, self._meaning, (), {(): self.value})


class Histogram(Instrument):
    """How often a duration fell below each bound, in seconds. Safe across threads."""

    def __init__(self, name: str, meaning: str, bounds: Sequence[float] = _SECONDS) -> None:
        self.name = name
        self._meaning = meaning
        self._bounds = (*bounds, math.inf)
        self._lock = threading.Lock()
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Note one duration."""
        slot = bisect_left(self._bounds, seconds)
        with self._lock:
            self._counts[slot] += 1
            self._sum += seconds

    def timing(self) -> AbstractContextManager[None]:
        """Note how long a block takes, however it ends."""
        return _Timing(self.observe)

    @property
    def count(self) -> int:
        """How many durations were noted."""
        return sum(self._counts)

    @override
    def lines(self) -> Iterator[str]:
        with self._lock:
            counts, total = list(self._counts), self._sum
        yield from _head(self.name, self._meaning, "histogram")
        below = 0
        for bound, count in zip(self._bounds, counts, strict=True):
            below += count
            yield f'{self.name}_bucket{{le="{_number(bound)}"}} {below}'
        yield f"{self.name}_sum {total!r}"
        yield f"{self.name}_count {below}"


class _Timing:
    __slots__ = ("_observe", "_start")

    def __init__(self, observe: Callable[[float], None]) -> None:
        self._observe = observe

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._observe(time.perf_counter() - self._start)


def gauge_lines(
    name: str, meaning: str, labels: Labels, values: Mapping[Labels, float]
) -> Iterator[str]:
    """A gauge that is measured when it is asked for."""
    yield from _head(name, meaning, "gauge")
    yield from _samples(name, labels, values)


def _head(name: str, meaning: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"


def _samples(name: str, labels: Labels, values: Mapping[Labels, float]) -> Iterator[str]:
    for given, value in sorted(values.items()):
        labelled = ",".join(
            f'{label}="{_escaped(text)}"' for label, text in zip(labels, given, strict=True)
        )
        yield f"{name}{{{labelled}}} {_number(value)}" if labelled else f"{name} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if value == math.inf:
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)
