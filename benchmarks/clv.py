"""Purchases of a file scored by the models of `c360 profile fit`, timed and held against papers.

    python benchmarks/clv.py --file CDNOW_master.txt --json

The file has lines of customer, date as YYYYMMDD, number of items and amount, as CDNOW's has; of two
ids in a line the second is taken, as in the tenth of all customers that papers are about, which
`lifetimes` ships as CDNOW_sample.txt. `off` says by how much a parameter differs, at most, from
what is known of these two files. Calibration ends on --split.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from c360_profile.domain.scores import bgnbd_fitting, gamma_gamma, sbg
from c360_profile.domain.scores.evaluation import evaluated
from c360_profile.domain.scores.history import Purchases, all_repeats, histories, sample
from c360_profile.domain.scores.model_file import day_of
from c360_profile.domain.scores.rfm import rfm
from c360_profile.domain.scores.split import Split
from c360_profile.domain.scores.worth_evaluation import evaluated_worth

_SPLIT = date(1997, 9, 30)
_WEEKS = 39
# By the number of customers: of all, fitted with SciPy; of the tenth that papers are about,
# Fader, Hardie and Lee 2005, table 2.
_PUBLISHED: Mapping[int, Mapping[str, float]] = {
    23_570: {"r": 0.2516, "alpha": 4.7889, "a": 0.7234, "b": 2.1611},
    2_357: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
}
# Fader and Hardie 2007, table 1: per cent of customers that are left after years 0 to 7.
_SURVIVORS = {
    "regular": (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1),
    "high_end": (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1),
}


def read(path: Path) -> Purchases:
    """By customer what was spent on each day."""
    found: dict[str, dict[int, float]] = {}
    for customer, day, amount in _rows(path):
        days = found.setdefault(customer, {})
        days[day] = days.get(day, 0.0) + amount
    return found


def figures(purchases: Purchases, split: Split) -> dict[str, Any]:
    """Parameters, scores of everybody, and the seconds that they take."""
    begun, cpu = time.perf_counter(), time.process_time()
    known = histories(purchases, split.at)
    counted = sample(known.values())
    model = bgnbd_fitting.fit(counted)
    worth = gamma_gamma.fit(all_repeats(purchases, split.at))
    fitted = time.perf_counter()
    ahead = {one: model.expected(one, _WEEKS) for one in counted}
    scores = {name: ahead[one] for name, one in known.items()}
    quintiles = rfm(purchases, 0, split.until)
    ended = time.perf_counter()
    return {
        "customers": len(known),
        **asdict(model),
        "log_likelihood": bgnbd_fitting.Likelihood(counted).at(model).value,
        "gamma_gamma": asdict(worth),
        "scored": len(scores),
        "rfm_customers": len(quintiles),
        "seconds": round(ended - begun, 3),
        "fit_seconds": round(fitted - begun, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
    }


def held_out(purchases: Purchases, split: Split) -> dict[str, Any]:
    """What was predicted of the time after the split, and what plain guesses say."""
    found, worth = evaluated(purchases, split), evaluated_worth(purchases, split)
    return {
        "predicted": round(found.predicted, 1),
        "actual": found.actual,
        "rmse": found.errors,
        "auc": found.order,
        "top_tenth": found.top_tenth,
        "leaks": found.leaks,
        "worth_rmse": worth.errors if worth else None,
        "worse": [*found.worse, *(worth.worse if worth else ())],
    }


def off(found: Mapping[str, Any], published: Mapping[str, float]) -> float:
    """By how much, at most, a parameter differs from what was published: 0.01 is 1 %."""
    return max(abs(found[name] / value - 1) for name, value in published.items())


def main() -> None:
    """Fit, score, compare, print."""
    options = _options()
    purchases = read(options.file)
    split = Split(day_of(options.split), max(map(max, purchases.values())))
    report = figures(purchases, split)
    report["held_out"] = held_out(purchases, split)
    if (known := _PUBLISHED.get(len(purchases))) is not None:
        report["off"] = off(report, known)
    report["sbg"] = {name: asdict(sbg.fit(one)) for name, one in _SURVIVORS.items()}
    for key, value in {} if options.json else report.items():
        print(f"{key}: {value}")
    print(json.dumps(report))


def _rows(path: Path) -> Iterator[tuple[str, int, float]]:
    for line in path.read_text("utf-8").splitlines():
        *ids, day, _, amount = line.split()
        if day.isdigit():
            yield ids[-1], day_of(date.fromisoformat(day)), float(amount)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--split", type=date.fromisoformat, default=_SPLIT)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
