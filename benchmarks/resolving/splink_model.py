"""Splink's model of the same fields: comparisons of its library, blocks like ours, no answers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from c360_kernel.record import RecordKey

from resolving.datasets import Dataset

# What cannot be installed beside the product is known by what it does.
_TRAITS = {
    "firstName": "name",
    "lastName": "name",
    "name": "text",
    "birthDate": "date",
    "birthDay": "date",
    "postalCode": "exact",
    "city": "text",
    "address": "text",
    "birthPlace": "text",
    "occupation": "exact",
    "socialSecurity": "number",
    "streetNumber": "exact",
    "addressDetail": "text",
}
_BLOCKS = (
    ("firstName", "lastName"),
    ("lastName", "birthDate"),
    ("firstName", "birthDate"),
    ("birthDay",),
    ("socialSecurity",),
    ("lastName", "postalCode"),
    ("firstName", "postalCode"),
    ("birthDate", "birthPlace"),
    ("address", "streetNumber"),
)
_SEEN_BY_CHANCE = 1_000_000
_THRESHOLD = 0.95


def linked(dataset: Dataset) -> Mapping[RecordKey, str]:
    """The cluster of each record."""
    splink: Any = importlib.import_module("splink")
    library: Any = importlib.import_module("splink.comparison_library")
    pandas: Any = importlib.import_module("pandas")
    rows = list(_rows(dataset))
    used = [name for name in _TRAITS if sum(row[name] is not None for row in rows) * 3 > len(rows)]
    blocks = [b for b in _BLOCKS if set(b) <= set(used)] or [(used[0],)]
    rules = [splink.block_on(*block) for block in blocks]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(library, name) for name in used],
        blocking_rules_to_generate_predictions=rules,
    )
    frame = splink.DuckDBAPI().register(pandas.DataFrame(rows))
    linker = splink.Linker(frame, settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=_SEEN_BY_CHANCE)
    for rule in rules[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    edges = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, _THRESHOLD)
    found = clusters.as_pandas_dataframe()
    names = (RecordKey(*one.split("/", 1)) for one in found["unique_id"])
    return dict(zip(names, map(str, found["cluster_id"]), strict=True))


def _rows(dataset: Dataset) -> Iterator[dict[str, str | None]]:
    for one in {stated.key: stated for stated in dataset.told if not stated.event}.values():
        values = {name: one.traits.get(name) for name in _TRAITS}
        fields = {name: str(value) if value else None for name, value in values.items()}
        yield {"unique_id": str(one.key), **fields}


def _comparison(library: Any, name: str) -> Any:  # noqa: ANN401 - of a library that is optional
    made = {
        "name": lambda: library.JaroWinklerAtThresholds(name, [0.92, 0.8]),
        "text": lambda: library.JaroWinklerAtThresholds(name, [0.9]),
        "date": lambda: library.DamerauLevenshteinAtThresholds(name, [1, 2]),
        "number": lambda: library.DamerauLevenshteinAtThresholds(name, [1, 2]),
        "exact": lambda: library.ExactMatch(name),
    }[_TRAITS[name]]()
    return made.configure(term_frequency_adjustments=True)
