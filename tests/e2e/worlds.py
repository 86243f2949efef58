"""Input for end-to-end tests: a generated world in parts, and a purchase file with twins."""

from __future__ import annotations

import random
from pathlib import Path

from c360_cli.generate import World

_MAPPING = Path(__file__).parents[2] / "examples" / "mappings" / "cdnow.yaml"


def write_purchases(directory: Path, rows: int, seed: int = 7) -> tuple[Path, Path]:
    """A purchase file (with identical twins) and its mapping."""
    chance = random.Random(seed)
    header = " customer_id  date number_of_cds  dollar_value"
    lines = [
        f" {chance.randrange(rows // 3):05d} 1997{chance.randrange(1, 13):02d}"
        f"{chance.randrange(1, 29):02d}  {chance.randrange(1, 4)}  {chance.randrange(5, 60)}.00"
        for _ in range(rows)
    ]
    lines += lines[: rows // 50]
    purchases = directory / "purchases.txt"
    purchases.write_text("\n".join([header, *lines]) + "\n")
    return purchases, _MAPPING


def split(world: World, parts: int) -> list[World]:
    """A world in parts of about equal size; each person is in one of them."""
    people = {person: number for number, person in enumerate(sorted(set(world.truth.values())))}
    return [
        _part(world, {key for key, person in world.truth.items() if people[person] % parts == part})
        for part in range(parts)
    ]


def _part(world: World, held: set[tuple[str, str]]) -> World:
    return World(
        records={
            source: [record for record in records if (record.source, record.key) in held]
            for source, records in world.records.items()
        },
        events=[event for event in world.events if (event.source, event.key) in held],
        consents=[one for one in world.consents if (one.source, one.key) in held],
        truth={key: world.truth[key] for key in held},
    )
