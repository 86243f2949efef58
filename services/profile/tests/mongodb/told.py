"""Entries of a small world with merges, and a log of them that several processes can open."""

from __future__ import annotations

import random
from pathlib import Path

from c360_kernel.log.entry import NewEntry
from c360_kernel.log.topics import CONSENTS, EVENTS, IDENTITIES, RECORDS
from c360_kernel.payload import ConsentRecorded, EventTracked, RecordAssigned, RecordUpserted
from c360_kernel.projection.service import DerivingService
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.version import Version
from c360_profile.bootstrap import build
from c360_profile.settings import ProfileSettings
from c360_profile.testing.catalog import CATALOG
from c360_profile.testing.entries import stamp


def world(records: int, seed: int = 3) -> list[NewEntry]:
    """Records in two revisions with an event and an answer each; each moves once."""
    randomness, collected = random.Random(seed), []
    for number in range(records):
        key = RecordKey("crm", f"r{number:05}")
        for revision in (1, 2):
            traits = {"name": f"Name {number}", "city": randomness.choice("ABC"), "points": number}
            collected.append(
                (RECORDS, key, RecordUpserted(key, revision, revision, False, (), traits))
            )
        collected.append((EVENTS, key, EventTracked(key, f"m{number}", "page_viewed", number)))
        collected.append((CONSENTS, key, ConsentRecorded(key, "marketing", "denied", number)))
        home, away = f"c{number // 2}", f"c{randomness.randrange(records)}"
        collected.append((IDENTITIES, key, RecordAssigned(key, home, Version(0, 1))))
        collected.append((IDENTITIES, key, RecordAssigned(key, away, Version(0, 2), home)))
    randomness.shuffle(collected)
    return [
        new_entry(topic, str(key), payload, stamp(at + 1), f"e{at}")
        for at, (topic, key, payload) in enumerate(collected)
    ]


def service_on(folder: Path, store_url: str | None = None) -> DerivingService:
    """The profile service on this store, else on a file in the folder."""
    return build(ProfileSettings(data=folder, profile_store=store_url), CATALOG, SEALER)
