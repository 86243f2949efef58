"""`python -m tests.mutants [MODULE ...] [--at-most N] [--json]`: does a test see each change?"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.mutants.changes import Mutant, mutants
from tests.mutants.guards import Guard, guards
from tests.mutants.trying import FIRST, Changed, Outcome, run, warm

_ROOT = Path(__file__).parents[2]
_REASONS = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True)
class Survivor:
    """A change that no test saw, and why none need see it (None: nobody has said)."""

    line: int
    name: str
    reason: str | None


@dataclass(frozen=True)
class Figures:
    """One module: how many changes there are, how many were tried, and how they ended.

    `seen` is what was killed, timed out or survived with a reason, in per cent of what was tried.
    """

    module: str
    mutants: int
    tried: int
    killed: int
    timed_out: int
    survived: list[Survivor]
    seen: float
    floor: int
    seconds: float


def main() -> int:
    """Run it; 1 if a module is below its floor."""
    given = _options()
    chosen = list(_chosen(given.modules))
    os.chdir(_ROOT)
    warm()
    reasons = tomllib.loads(_REASONS.read_text())
    below = 0
    for one in chosen:
        guard = one if given.floor is None else replace(one, floor=given.floor)
        found = _figures(guard, given.at_most, reasons.get(guard.module, {}))
        if found is None:
            sys.stderr.write(f"{guard.module}: its tests fail without any change\n")
            below += 1
            continue
        below += found.seen < found.floor
        for line in _json(found) if given.json else _lines(found):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 1 if below else 0


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description="Change each guard, and run its tests.")
    options.add_argument("modules", nargs="*", help="such as policy.table; all if none")
    options.add_argument("--at-most", type=int, default=25, help="changes tried of one module")
    options.add_argument("--floor", type=int, help="per cent to be seen, in place of each module's")
    options.add_argument("--json", action="store_true", help="a JSON object for each module")
    return options.parse_args()


def _chosen(names: Sequence[str]) -> Iterator[Guard]:
    known = {guard.module.removeprefix("c360_"): guard for guard in guards(_ROOT)}
    for name in names or known:
        found = [guard for told, guard in known.items() if f".{told}".endswith(f".{name}")]
        if not found:
            raise SystemExit(f"{name} is none of {', '.join(known)}")
        yield from found


def _figures(guard: Guard, at_most: int, reasons: Mapping[str, str]) -> Figures | None:
    """What became of a module's changes; None where its tests fail without any."""
    begun = time.monotonic()
    text = guard.source.read_text()
    whole = run(_changed(guard, text), lambda: None, guard.tests, FIRST)
    if whole.outcome is not Outcome.SURVIVED:
        return None
    count = len(mutants(ast.parse(text)))
    ended: list[tuple[Mutant, Outcome]] = []
    for index in _sample(count, at_most):
        changed = _changed(guard, text)
        mutant = mutants(changed.tree)[index]
        tried = run(changed, mutant.apply, guard.tests, whole.limits())
        ended.append((mutant, tried.outcome))
    outcomes = [outcome for _, outcome in ended]
    survivors = [
        Survivor(one.line, one.name, reasons.get(one.name))
        for one, outcome in ended
        if outcome is Outcome.SURVIVED
    ]
    return Figures(
        guard.module,
        count,
        len(ended),
        outcomes.count(Outcome.KILLED),
        outcomes.count(Outcome.TIMED_OUT),
        survivors,
        _seen(len(ended), sum(survivor.reason is None for survivor in survivors)),
        guard.floor,
        round(time.monotonic() - begun, 1),
    )


def _seen(tried: int, unexplained: int) -> float:
    return round(100 * (tried - unexplained) / tried, 1) if tried else 100.0


def _changed(guard: Guard, text: str) -> Changed:
    return Changed(guard.module, guard.source, ast.parse(text))


def _sample(count: int, at_most: int) -> list[int]:
    """Evenly spread, the same ones each time."""
    if count <= at_most:
        return list(range(count))
    return [index * count // at_most for index in range(at_most)]


def _json(found: Figures) -> Iterator[str]:
    yield json.dumps(asdict(found))


def _lines(found: Figures) -> Iterator[str]:
    yield (
        f"{found.module}: {found.tried} of {found.mutants} tried, {found.killed} killed, "
        f"{found.timed_out} timed out, {len(found.survived)} survived, "
        f"{found.seen} % seen of at least {found.floor} %, {found.seconds} s"
    )
    for one in found.survived:
        yield f"  line {one.line}, {one.name} ({one.reason or 'NO REASON'})"


if __name__ == "__main__":
    sys.exit(main())
