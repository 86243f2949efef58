"""What one customer of very many records costs: an update, a new identifier, its page.

Records are sent to `c360 up` over HTTP, each joined to an earlier one by an e-mail address, so
that all are one customer. A change is one record, timed until the golden profile holds it (`wait:
PROFILE`), alone; `cpu_ms` is what the instance's processes spent on it meanwhile, which a busy
machine changes least. Baseline: with `--base TREE` another checkout (its `.venv`, its code) in the
same run.

Meanwhile, and while one decision joins its halves and another takes them apart again, somebody
else writes of another customer and waits: `waits` says how long, `growth` what each 10,000 records
took until the golden profile held them, and a decision is done once both are shown as one, or as
two. With `--alone` it is identity by itself, on a log and a store of its own, that is written to
and waited for, and nothing is asked.

    python benchmarks/large_customer.py --json [--size 20000] [--shape tree] [--base ../another]
    python benchmarks/large_customer.py --json --alone --size 100000 --shape star
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from callers.instance import Instance, running, settle
from figures import report
from largest.alone import measured as measured_alone
from largest.caller import Caller
from largest.questions import QUESTIONS
from largest.records import CHANGES, OTHER, SHAPES, Shape
from largest.spending import Spent, cpu_ms, median_of
from largest.waiting import Waits

_BATCH = 500
_PART = 10_000
_PAUSE_S = 0.1
_TURNS = 7
_others = itertools.count()


def _measured(size: int, shape: Shape) -> Mapping[str, object]:
    with (
        tempfile.TemporaryDirectory(prefix="large-") as directory,
        running(Path(directory) / "data") as instance,
    ):
        caller, waits = Caller(instance), Waits()
        rows: dict[str, Spent] = {}
        with _somebody_else(Caller(instance), waits):
            made = _grown(caller, size, shape)
            made |= {"waits": waits.told(), "rss_mb": round(instance.rss_mb(), 1)}
        settle(instance.data)
        for name, change in CHANGES.items():
            records = [change(shape, size, turn) for turn in range(_TURNS)]
            calls = [lambda one=one: caller.write([one], "PROFILE") for one in records]
            rows[name] = median_of(instance, calls)
        for name, question in QUESTIONS.items():
            rows[name] = median_of(instance, [lambda q=question: caller.ask(q)] * _TURNS)
        decided = _decided(instance, caller, size, shape, waits)
    told = {name: spent._asdict() for name, spent in rows.items()}
    return {"made": made, **told, "decided": decided}


def _grown(caller: Caller, size: int, shape: Shape) -> dict[str, object]:
    """Send all records, and wait until the golden profile holds each batch of them."""
    growth: list[Mapping[str, float]] = []
    start = began = time.perf_counter()
    for first in range(0, size, _BATCH):
        numbers = range(first, min(size, first + _BATCH))
        caller.write([shape.record(number) for number in numbers], "PROFILE")
        if numbers.stop % _PART == 0 or numbers.stop == size:
            s = round(time.perf_counter() - began, 1)
            growth.append({"records": numbers.stop, "s": s})
            began = time.perf_counter()
    return {"s": round(time.perf_counter() - start, 1), "growth": growth}


def _decided(
    instance: Instance, caller: Caller, size: int, shape: Shape, waits: Waits
) -> Mapping[str, object]:
    """A second customer, as large, is joined to it by one decision, which another takes back."""
    second = shape.starting(size)
    for first in range(size, 2 * size, _BATCH):
        numbers = range(first, min(2 * size, first + _BATCH))
        caller.write([second.record(number) for number in numbers], "NONE")
    settle(instance.data)
    told: dict[str, object] = {}
    with _somebody_else(Caller(instance), waits):
        for name, kind in (("joining", "SAME"), ("taking_apart", "UNDO")):
            began, before = time.perf_counter(), cpu_ms(instance)
            caller.decide(kind, "r0", f"r{size}")
            while (caller.customer("r0") == caller.customer(f"r{size}")) != (kind == "SAME"):
                time.sleep(_PAUSE_S)
            s = round(time.perf_counter() - began, 1)
            spent = round((cpu_ms(instance) - before) / 1e3, 1)
            rss = round(instance.rss_mb(), 1)
            told[name] = {"s": s, "cpu_s": spent, "waits": waits.told(), "rss_mb": rss}
    return told


@contextmanager
def _somebody_else(caller: Caller, waits: Waits) -> Generator[None]:
    """Who writes of another customer all the while, and waits for its profile."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            number = next(_others)
            with waits.waiting():
                caller.write([OTHER.record(OTHER.first + number, number)], "PROFILE")
            stop.wait(_PAUSE_S)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _of_tree(tree: Path, size: int, shape: str) -> Mapping[str, object]:
    """The same by the code of another checkout."""
    earlier = Path(__file__).parent / "earlier.py"
    command = [tree / ".venv/bin/python", earlier, __file__, "--json", "--size", str(size)]
    with tempfile.TemporaryFile() as stated:
        subprocess.run([*command, "--shape", shape], cwd=tree, stdout=stated, check=True)
        stated.seek(0)
        return json.loads(stated.read().splitlines()[-1])["ours"]


def _ratios(base: Mapping[str, object], ours: Mapping[str, object]) -> Mapping[str, float]:
    pairs = {name: (base[name], ours[name]) for name in (*CHANGES, *QUESTIONS)}
    return {
        name: round(one["cpu_ms"] / max(1, other["cpu_ms"]), 2)  # type: ignore[index]
        for name, (one, other) in pairs.items()
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=20_000, help="how many records")
    parser.add_argument("--shape", choices=SHAPES, default="tree", help="how they are joined")
    parser.add_argument("--alone", action="store_true", help="identity by itself")
    parser.add_argument("--base", type=Path, help="another checkout, to compare with")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    chosen = _options()
    figures: dict[str, object] = {"records": chosen.size, "shape": chosen.shape}
    if chosen.alone:
        with tempfile.TemporaryDirectory(prefix="large-") as directory:
            alone = measured_alone(chosen.size, SHAPES[chosen.shape], Path(directory))
        report({**figures, "alone": alone}, chosen)
        return
    ours = _measured(chosen.size, SHAPES[chosen.shape])
    if chosen.base is not None:
        base = _of_tree(chosen.base.resolve(), chosen.size, chosen.shape)
        figures |= {"base": base, "cpu_ratio_to_base": _ratios(base, ours)}
    report({**figures, "ours": ours}, chosen)


if __name__ == "__main__":
    main()
