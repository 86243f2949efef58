"""A small world of accounts, and a log of it that several processes can open."""

from __future__ import annotations

import random
from pathlib import Path

from c360_account.bootstrap import build
from c360_account.settings import AccountSettings
from c360_account.testing.entries import CATALOG, stamp_of
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import (
    ACCOUNTS,
    EVENTS,
    IDENTITIES,
    LINKS,
    PROFILES,
)
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    EventTracked,
    ProfileChanged,
    RecordAssigned,
)
from c360_kernel.projection.service import DerivingService
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version

_KEY = b"k" * 32
_AHEAD_MS = 4_102_444_800_000
"""The year 2100: no window runs out, whether a clock runs meanwhile or not."""


def world(size: int, seed: int = 3) -> list[NewEntry]:
    """Records in two revisions that join and leave each other, with a person and an order each."""
    randomness, told = random.Random(seed), []
    for number in range(size):
        key, person = RecordKey("crm", f"a{number:04}"), RecordKey("crm", f"p{number:04}")
        for revision in (1, 2):
            carried = Identifier("number", f"N-{1000 + randomness.randrange(size)}")
            said = AccountUpserted(key, revision, revision, identifiers=(carried,))
            told.append((ACCOUNTS, key, said))
        link = AccountLinked(RecordKey("crm", f"l{number}"), person, key, "member", 1, number)
        told.append((LINKS, link.link, link))
        told.append((IDENTITIES, person, RecordAssigned(person, f"c{number // 2}", Version(0, 1))))
        amount, at = {"amount": 1.5}, _AHEAD_MS + number
        ordered = EventTracked(person, f"m{number}", "order", at, properties=amount)
        told.append((EVENTS, person, ordered))
        told.append((PROFILES, f"c{number}", ProfileChanged(f"c{number}", Version(0, 1), {})))
    randomness.shuffle(told)
    return [
        new_entry(topic, str(key), payload, stamp_of(at + 1), f"e{at}")
        for at, (topic, key, payload) in enumerate(told)
    ]


def service_on(folder: Path, store_url: str | None = None) -> DerivingService:
    """The account service on this store, else on a file in the folder."""
    return build(AccountSettings(data=folder, account_store=store_url), CATALOG, _KEY, SEALER)
