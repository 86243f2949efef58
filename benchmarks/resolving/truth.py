"""Precision and recall by pairs and by B-cubed; every record counts, found in blocks or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

R = TypeVar("R", bound=Hashable)


def figures_of(found: Mapping[R, Hashable], truth: Mapping[R, str]) -> dict[str, float]:
    """The figures over the records that the truth knows."""
    both = [(found.get(record, record), truth[record]) for record in truth]
    clusters = Counter(cluster for cluster, _ in both)
    people = Counter(person for _, person in both)
    common = Counter(both)
    right = _pairs(common)
    precision = right / max(1, _pairs(clusters))
    recall = right / max(1, _pairs(people))
    b_precision = sum(n * n / clusters[c] for (c, _), n in common.items()) / len(both)
    b_recall = sum(n * n / people[p] for (_, p), n in common.items()) / len(both)
    return {
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(_f1(precision, recall), 5),
        "bcubed_f1": round(_f1(b_precision, b_recall), 5),
    }


def _pairs(counts: Counter[R]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
