"""What an entry of the log says of a customer, or of all data, to whoever keeps a copy of it."""

from __future__ import annotations

from dataclasses import dataclass

from c360_kernel.codec import decode
from c360_kernel.corrections import corrected_by
from c360_kernel.errors import Invalid
from c360_kernel.log.entry import Entry
from c360_kernel.log.topics import CONSENTS, MEMBERSHIPS, PROFILES, QUALITY, RECORDS
from c360_kernel.payload import (
    ConsentRecorded,
    MembershipChanged,
    ProfileChanged,
    QualityChanged,
    RecordUpserted,
)
from c360_kernel.record import RecordKey

TOPICS = (RECORDS, CONSENTS, PROFILES, MEMBERSHIPS, QUALITY)
"""What changes are told of."""
SETTLING = frozenset((RECORDS, CONSENTS))
"""Truth: what the services made of it is there a moment later."""


@dataclass(frozen=True, slots=True)
class Change:
    """`origin` is the source that said so, "" of what follows from what several said.

    Of `customer`, the id that the entry names or "", it is for others to say who that is; `ended`
    is the id of one that is no more, as after a merge. What the quality of data is, is of nobody.
    """

    topic: str
    at: int
    origin: str = ""
    record: RecordKey | None = None
    deleted: bool | None = None
    customer: str = ""
    ended: str = ""
    membership: MembershipChanged | None = None
    quality: QualityChanged | None = None


def change_of(entry: Entry) -> Change | None:
    """The change that an entry tells; None where it cannot be read."""
    try:
        return change_told(entry, decode(entry.topic, entry.data))
    except Invalid:
        return None


def change_told(entry: Entry, payload: object) -> Change | None:
    """The change that the payload of an entry tells; None where it is none of a customer."""
    if isinstance(payload, RecordUpserted):
        record = corrected_by(payload.record) or payload.record
        return Change(entry.topic, entry.time, payload.record.source, record, payload.deleted)
    if isinstance(payload, ConsentRecorded):
        return Change(entry.topic, entry.time, payload.record.source, payload.record)
    if isinstance(payload, ProfileChanged):
        return _of_profile(entry, payload)
    if isinstance(payload, MembershipChanged):
        customer = payload.customer
        return Change(entry.topic, payload.at, customer=customer, membership=payload)
    if isinstance(payload, QualityChanged):
        return Change(entry.topic, payload.at, quality=payload)
    return None


def _of_profile(entry: Entry, payload: ProfileChanged) -> Change:
    if not payload.ended:
        return Change(entry.topic, entry.time, customer=payload.customer, deleted=False)
    gone, now = payload.customer, payload.successor
    return Change(entry.topic, entry.time, customer=now, ended=gone, deleted=True)
