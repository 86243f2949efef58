"""How every benchmark reports: percentiles, and one JSON object on the last line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def options(description: str, size: int) -> argparse.Namespace:
    """`--json` for one line only, `--size` for how much work."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=size, help="how much work")
    return parser.parse_args()


def report(figures: Mapping[str, object], chosen: argparse.Namespace) -> None:
    """Print the figures."""
    if not chosen.json:
        for name, value in figures.items():
            print(f"{name}: {value}")
    print(json.dumps(figures))
