"""What one customer of very many records costs: an update, a new identifier, its page.

Records are sent to `c360 up` over HTTP, each joined to an earlier one by an e-mail address, so
that all are one customer. A change is one record, timed until the golden profile holds it (`wait:
PROFILE`), alone; `cpu_ms` is what the instance's processes spent on it meanwhile, which a busy
machine changes least. Baseline: with `--base TREE` another checkout (its `.venv`, its code) in the
same run.

    python benchmarks/large_customer.py --json [--size 20000] [--shape tree] [--base ../another]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from callers.instance import running, settle
from figures import report
from largest.caller import Caller
from largest.questions import QUESTIONS
from largest.records import CHANGES, SHAPES, Shape
from largest.spending import Spent, median_of

_BATCH = 500
_TURNS = 7


def _measured(size: int, shape: Shape) -> Mapping[str, object]:
    with (
        tempfile.TemporaryDirectory(prefix="large-") as directory,
        running(Path(directory) / "data") as instance,
    ):
        caller = Caller(instance)
        began = time.perf_counter()
        for start in range(0, size, _BATCH):
            numbers = range(start, min(size, start + _BATCH))
            caller.write([shape.record(number) for number in numbers], "NONE")
        settle(instance.data)
        made_s = round(time.perf_counter() - began, 1)
        rows: dict[str, Spent] = {}
        for name, change in CHANGES.items():
            records = [change(shape, size, turn) for turn in range(_TURNS)]
            calls = [lambda one=one: caller.write([one], "PROFILE") for one in records]
            rows[name] = median_of(instance, calls)
        for name, question in QUESTIONS.items():
            rows[name] = median_of(instance, [lambda q=question: caller.ask(q)] * _TURNS)
    return {"made_s": made_s, **{name: spent._asdict() for name, spent in rows.items()}}


def _of_tree(tree: Path, size: int, shape: str) -> Mapping[str, object]:
    """The same by the code of another checkout."""
    earlier = Path(__file__).parent / "earlier.py"
    command = [tree / ".venv/bin/python", earlier, __file__, "--json", "--size", str(size)]
    with tempfile.TemporaryFile() as stated:
        subprocess.run([*command, "--shape", shape], cwd=tree, stdout=stated, check=True)
        stated.seek(0)
        return json.loads(stated.read().splitlines()[-1])["ours"]


def _ratios(base: Mapping[str, object], ours: Mapping[str, object]) -> Mapping[str, float]:
    pairs = {name: (base[name], ours[name]) for name in ours if name != "made_s"}
    return {
        name: round(one["cpu_ms"] / max(1, other["cpu_ms"]), 2)  # type: ignore[index]
        for name, (one, other) in pairs.items()
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    parser.add_argument("--size", type=int, default=20_000, help="how many records")
    parser.add_argument("--shape", choices=SHAPES, default="tree", help="how they are joined")
    parser.add_argument("--base", type=Path, help="another checkout, to compare with")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    chosen = _options()
    figures: dict[str, object] = {"records": chosen.size, "shape": chosen.shape}
    ours = _measured(chosen.size, SHAPES[chosen.shape])
    if chosen.base is not None:
        base = _of_tree(chosen.base.resolve(), chosen.size, chosen.shape)
        figures |= {"base": base, "cpu_ratio_to_base": _ratios(base, ours)}
    report({**figures, "ours": ours}, chosen)


if __name__ == "__main__":
    main()
