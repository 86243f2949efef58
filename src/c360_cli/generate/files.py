"""Writes a world as files that `c360 import` and people can read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from c360_cli.generate.world import Line, World


def write_world(world: World, out: Path) -> None:
    """One `SOURCE.jsonl` per source, `events.jsonl`, `consents.jsonl`, `truth.csv`; UTF-8."""
    out.mkdir(parents=True, exist_ok=True)
    for source, records in world.records.items():
        _write_lines(out / f"{source}.jsonl", (record.line() for record in records))
    _write_lines(out / "events.jsonl", (event.line() for event in world.events))
    _write_lines(out / "consents.jsonl", (consent.line() for consent in world.consents))
    with (out / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("source", "key", "person"))
        writer.writerows((*record, person) for record, person in world.truth.items())


def _write_lines(path: Path, lines: Iterable[Line]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
