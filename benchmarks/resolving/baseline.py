"""Splink over the same records, where it is installed: its own model of persons, its own blocks."""

from __future__ import annotations

import importlib.util
import time
from typing import Any

from resolving.datasets import Dataset


def splink_figures(dataset: Dataset) -> dict[str, Any]:
    """Its figures, or why there are none."""
    if importlib.util.find_spec("splink") is None:
        return {"left_out": "splink is not installed here"}
    from resolving.splink_model import linked  # noqa: PLC0415
    from resolving.truth import figures_of  # noqa: PLC0415

    begun = time.perf_counter()
    try:
        found = linked(dataset)
    except Exception as error:
        return {"left_out": f"splink fails on these records: {type(error).__name__}"}
    return {**figures_of(found, dataset.truth), "seconds": round(time.perf_counter() - begun, 1)}
