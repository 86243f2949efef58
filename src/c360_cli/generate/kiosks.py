"""Devices that many people share: tablets of stores, or a share of all records on a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from c360_cli.generate import numbers
from c360_cli.generate.world import WorldRecord

_VISITORS = 24
"""Store records around one tablet; every second of them was taken down on it."""
_DEVICES = 20

Records = Mapping[str, Sequence[WorldRecord]]


def with_tablets(records: Records) -> dict[str, list[WorldRecord]]:
    """Put a tablet on every second record of stores, one tablet for each full group.

    A group that is not full gets none: a device of two or three people is not a kiosk,
    and nothing would tell it from their own.
    """
    kept = {source: list(held) for source, held in records.items()}
    return {**kept, "store": list(_on_tablets(kept["store"]))}


def with_shared_devices(
    records: Records, share: float, chance: Random
) -> dict[str, list[WorldRecord]]:
    """Let a share (0..1) of the records of every source carry one of twenty devices, too."""
    return {
        source: [_on_some_device(one, chance) if chance.random() < share else one for one in held]
        for source, held in records.items()
    }


def _on_tablets(records: Sequence[WorldRecord]) -> Iterator[WorldRecord]:
    full = len(records) - len(records) % _VISITORS
    for index, record in enumerate(records):
        on_one = index < full and index % 2
        yield _on(record, _kiosk(index // _VISITORS)) if on_one else record


def _on_some_device(record: WorldRecord, chance: Random) -> WorldRecord:
    own = record.identifiers.get("device", [])
    return _on(record, *own, _kiosk(chance.randrange(_DEVICES)))


def _on(record: WorldRecord, *devices: str) -> WorldRecord:
    return replace(record, identifiers={**record.identifiers, "device": list(devices)})


def _kiosk(number: int) -> str:
    return f"kiosk-{numbers.token('kiosk', number, 12)}"
