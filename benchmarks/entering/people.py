"""An instance with many customers: one record each, of which as much is known as is exported.

Whose record is whose is told as identity would, whom no export asks: it would take most of the time
that a million customers take.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from c360_kernel.log.entry import NewEntry
from c360_kernel.payload import RecordAssigned, RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.stamp import StampClock
from c360_kernel.version import Version
from worlds import BATCH, entry_of

from c360_cli.assembly import assemble
from c360_cli.projections.draining import drain

_CITIES = ("Hangzhou", "Suzhou", "Wuxi", "Ningbo", "Shaoxing")
_TIERS = ("bronze", "silver", "gold", "platinum")
_DRAINED_EACH = 20_000


async def people(data: Path, first: int, last: int) -> None:
    """Have those with these numbers in it, from `first` to before `last`."""
    instance = assemble(data)
    # Their keys are made before there is a log that was made under them.
    services, log = instance.services, instance.open_log()
    profile = [one for one in services if one.name == "profile"]
    entries = _entries(first, last)
    while some := list(islice(entries, 2 * _DRAINED_EACH)):
        for at in range(0, len(some), BATCH):
            await log.append(some[at : at + BATCH])
        await drain(profile, log)
    await log.close()


def _entries(first: int, last: int) -> Iterator[NewEntry]:
    clock = StampClock()
    for number in range(first, last):
        stamp = clock.next()
        yield entry_of(_person(number), stamp)
        yield _whose(number, stamp)


def _person(number: int) -> RecordUpserted:
    email, phone = f"p{number}@example.com", f"+8613{number:09}"
    traits = {
        "name": f"Ada Li {number}",
        "email": email,
        "phone": phone,
        "city": _CITIES[number % len(_CITIES)],
        "loyaltyTier": _TIERS[number % len(_TIERS)],
    }
    said = Identifier("email", email), Identifier("phone", phone)
    return RecordUpserted(_record(number), 1, 1_767_225_600_000, identifiers=said, traits=traits)


def _whose(number: int, stamp: str) -> NewEntry:
    record = _record(number)
    hashed = hashlib.blake2b(str(record).encode(), digest_size=15).digest()
    customer = f"c{b32encode(hashed).decode().lower()}"
    return entry_of(RecordAssigned(record, customer, Version(0, 1)), stamp)


def _record(number: int) -> RecordKey:
    return RecordKey("crm", f"p{number}")
