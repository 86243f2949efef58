"""Input for end-to-end tests: a small generated world and a purchase file with twins."""

from __future__ import annotations

import random
from pathlib import Path

PURCHASES_MAPPING = """\
format: csv
delimiter: spaces
header: [customer_id, date, number_of_cds, dollar_value]
kind: events
key: customer_id
event: order_completed
occurred_at: {column: date, formats: ["%Y%m%d"]}
properties:
  quantity: {column: number_of_cds, type: int}
  amount: {column: dollar_value, type: float}
"""


def write_purchases(directory: Path, rows: int, seed: int = 7) -> tuple[Path, Path]:
    """A purchase file (with identical twins) and its mapping."""
    chance = random.Random(seed)
    lines = [
        f" {chance.randrange(rows // 3):05d} 1997{chance.randrange(1, 13):02d}"
        f"{chance.randrange(1, 29):02d}  {chance.randrange(1, 4)}  {chance.randrange(5, 60)}.00"
        for _ in range(rows)
    ]
    lines += lines[: rows // 50]
    purchases, mapping = directory / "purchases.txt", directory / "purchases.yaml"
    purchases.write_text("\n".join(lines) + "\n")
    mapping.write_text(PURCHASES_MAPPING)
    return purchases, mapping
