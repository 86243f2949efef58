"""Input for end-to-end tests: a small generated world and a purchase file with twins."""

from __future__ import annotations

import random
from pathlib import Path

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
