"""What the service says on `account-identities`: one entry per record whose account changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from c360_kernel.codec import encode
from c360_kernel.log.entry import NewEntry
from c360_kernel.log.size import fitting
from c360_kernel.log.topics import ACCOUNT_IDENTITIES
from c360_kernel.payload import AccountAssigned
from c360_kernel.stamp import LENGTH, stamp_ms
from c360_kernel.version import Version

from c360_account.store.port import AccountUnit

TYPE = "c360.account.assigned.v1"
SOURCE = "c360/account"
_NO_STAMP = "0" * LENGTH


def assignment_entry(payload: AccountAssigned, stamp: str, traceparent: str = "") -> NewEntry:
    """The entry that states an assignment, of the record's age; equal ones have equal ids."""
    key = str(payload.record)
    made = NewEntry(
        topic=ACCOUNT_IDENTITIES,
        key=key,
        id=f"{ACCOUNT_IDENTITIES}:{key}:{payload.version}",
        type=TYPE,
        source=SOURCE,
        subject=key,
        time=stamp_ms(stamp) if stamp != _NO_STAMP else 0,
        stamp=stamp,
        data=encode(payload),
        traceparent=traceparent,
    )
    return fitting(made)


async def restate(unit: AccountUnit, payloads: Sequence[AccountAssigned]) -> None:
    """State assignments, of each record one, anew under fresh versions, after a rebuild."""
    records = await unit.records({payload.record for payload in payloads})
    raised = {key: replace(one, version=one.version + 1) for key, one in records.items()}
    await unit.keep_records(raised.values())
    for payload in payloads:
        record = raised.get(payload.record)
        counter, stamp = (record.version, record.age) if record else (0, _NO_STAMP)
        version = Version(unit.epoch, counter)
        unit.emit(assignment_entry(replace(payload, version=version), stamp))
