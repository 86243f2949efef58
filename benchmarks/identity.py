"""Records of several sources resolved by the product, held against what is true of them.

    python benchmarks/identity.py --dataset febrl --file dataset4a.csv --file dataset4b.csv --json
    python benchmarks/identity.py --dataset historical --file historical.csv --json
    python benchmarks/identity.py --dataset truthset --file customers.jsonl --file reference.jsonl \
        --file watchlist.jsonl --truth truth.csv --json
    python benchmarks/identity.py --dataset kiosk --file WORLD --json

`febrl` and `historical` train a model on the records alone, without their answers; the others take
the model that ships. WORLD is a folder that `c360 generate` wrote. `--deterministic` leaves scored
matching out; `--baseline splink` has Splink beside it, where it is installed. Garbage is collected
as rarely as in a worker of `c360 up`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from c360_identity.domain.matching.forming import Forming
from c360_identity.domain.matching.model import Model
from c360_identity.domain.matching.training import train
from resolving.baseline import splink_figures
from resolving.datasets import Dataset, load
from resolving.product import Product
from resolving.truth import figures_of

from c360_cli.running.tuning import tune_process


def trained(dataset: Dataset) -> tuple[Model | None, float]:
    """The model for a dataset, and the seconds that training took."""
    if dataset.untrained is None:
        return dataset.model, 0.0
    begun = time.perf_counter()
    forming = Forming(dataset.untrained)
    texts = (forming.text(one.traits, one.identifiers) for one in dataset.plain())
    model = train(dataset.untrained, [forming.forms(text) for text in texts if text], "benchmark")
    return model, time.perf_counter() - begun


async def resolved(dataset: Dataset, model: Model | None, folder: Path) -> dict[str, Any]:
    """The figures of one run through a store in a folder."""
    product = Product(dataset.catalog, model, folder / "identity.db")
    entries = dataset.entries()
    begun, cpu = time.perf_counter(), time.process_time()
    await product.feed(entries)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    seeds = await product.seeds()
    return {
        **figures_of(seeds, dataset.truth),
        "records": len(seeds),
        "records_per_s": round(dataset.size / seconds),
        "records_per_cpu_s": round(dataset.size / cpu),
        **await product.lookup_p99(),
        **await product.unmerge_p99(),
        "missed": await product.missed(dataset.truth, seeds) if dataset.lists_missed else [],
    }


def main() -> None:
    """Resolve, compare with the truth, print."""
    options = _options()
    dataset = load(options.dataset, options.file, options.truth)
    tune_process()
    model, seconds = (None, 0.0) if options.deterministic else trained(dataset)
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(resolved(dataset, model, Path(folder)))
    report["train_s"] = round(seconds, 1)
    report["rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if options.baseline:
        report["splink"] = splink_figures(dataset)
    for key, value in {} if options.json else report.items():
        print(f"{key}: {value}")
    print(json.dumps({"dataset": options.dataset, **report}, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ("febrl", "historical", "truthset", "kiosk")
    parser.add_argument("--dataset", choices=kinds, required=True)
    parser.add_argument("--file", type=Path, action="append", required=True)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--deterministic", action="store_true")
    parser.add_argument("--baseline", choices=("splink",))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.dataset == "truthset" and options.truth is None:
        parser.error("a truth set needs --truth: its files do not say who is who")
    return options


if __name__ == "__main__":
    main()
