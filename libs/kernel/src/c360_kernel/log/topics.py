"""The topics of the log, one row for each: what it is, what its entries say, how they are written.

A new topic is a row here, a payload and its message (`c360_kernel.messages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from c360_kernel.messages import (
    accounts,
    derived,
    handed_on,
    objects,
    operations,
    refused,
    segments,
    tagging,
    ticks,
    truth,
)
from c360_kernel.messages.codec import Codec
from c360_kernel.payload import (
    AccountAssigned,
    AccountLinked,
    AccountUpserted,
    ActHandedOn,
    CheckpointsSigned,
    ConsentRecorded,
    ConsentStatesChanged,
    DecisionMade,
    DeliveryReceived,
    EntryDeadLettered,
    EventTracked,
    ItemQuarantined,
    MembershipChanged,
    ObjectUpserted,
    OperationAudited,
    Payload,
    ProfileChanged,
    QualityChanged,
    RecordAssigned,
    RecordTagged,
    RecordUpserted,
    SegmentSaved,
)

Kind = Literal["truth", "derived", "record"]
"""Truth is what others said, and kept for ever; derived is made from it and can be made again; a
record is what happened here."""

Kept = Literal["for_ever", "limited", "latest", "handled"]
"""Limited is what `c360_kernel.log.retention` bounds in time and size; of what is kept as the
latest, entries go after a day, but never the last one; of what is kept until it is handled, they go
when they are old, but never before every group that reads them has told that it is past them."""

RECORDS = "records"
EVENTS = "events"
CONSENTS = "consents"
DECISIONS = "decisions"
TAGS = "tags"
OBJECTS = "objects"
ACCOUNTS = "accounts"
LINKS = "links"
SEGMENTS = "segments"
IDENTITIES = "identities"
ACCOUNT_IDENTITIES = "account-identities"
PROFILES = "profiles"
CONSENT_STATES = "consent-states"
MEMBERSHIPS = "memberships"
QUALITY = "quality"
AUDIT = "audit"
AUDIT_CHECKPOINTS = "audit-checkpoints"
AUDIT_EVENTS = "audit-events"
QUARANTINE = "quarantine"
DEAD_LETTERS = "dead-letters"
INBOX = "inbox"
TICKS = "ticks"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, the type of its payloads and how they are written."""

    name: str
    kind: Kind
    payload: type[Payload]
    codec: Codec
    kept: Kept = "for_ever"
    content_type: str = "application/protobuf"


REGISTRY = (
    Topic(RECORDS, "truth", RecordUpserted, truth.RECORD),
    Topic(EVENTS, "truth", EventTracked, truth.EVENT),
    Topic(CONSENTS, "truth", ConsentRecorded, truth.CONSENT),
    Topic(DECISIONS, "truth", DecisionMade, truth.DECISION),
    Topic(TAGS, "truth", RecordTagged, tagging.TAGGED),
    Topic(OBJECTS, "truth", ObjectUpserted, objects.OBJECT),
    Topic(ACCOUNTS, "truth", AccountUpserted, accounts.ACCOUNT),
    Topic(LINKS, "truth", AccountLinked, accounts.LINK),
    Topic(SEGMENTS, "truth", SegmentSaved, segments.SAVED),
    Topic(IDENTITIES, "derived", RecordAssigned, derived.ASSIGNMENT),
    Topic(ACCOUNT_IDENTITIES, "derived", AccountAssigned, accounts.ASSIGNMENT),
    Topic(PROFILES, "derived", ProfileChanged, derived.PROFILE),
    Topic(CONSENT_STATES, "derived", ConsentStatesChanged, derived.CONSENT_STATES),
    Topic(MEMBERSHIPS, "derived", MembershipChanged, derived.MEMBERSHIP),
    Topic(QUALITY, "derived", QualityChanged, derived.QUALITY),
    Topic(AUDIT, "record", OperationAudited, operations.OPERATION, "handled"),
    Topic(AUDIT_CHECKPOINTS, "record", CheckpointsSigned, operations.CHECKPOINTS, "latest"),
    Topic(
        AUDIT_EVENTS,
        "record",
        ActHandedOn,
        handed_on.HANDED_ON,
        "limited",
        content_type=handed_on.JSON,
    ),
    Topic(QUARANTINE, "record", ItemQuarantined, refused.QUARANTINED, "limited"),
    Topic(DEAD_LETTERS, "record", EntryDeadLettered, refused.DEAD_LETTER),
    Topic(INBOX, "record", DeliveryReceived, refused.DELIVERY, "limited"),
    Topic(TICKS, "record", ticks.Ticked, ticks.TICK, "latest"),
)

TOPICS = tuple(topic.name for topic in REGISTRY)
TRUTH = tuple(topic.name for topic in REGISTRY if topic.kind == "truth")
DERIVED = tuple(topic.name for topic in REGISTRY if topic.kind == "derived")
FOR_EVER = tuple(topic.name for topic in REGISTRY if topic.kept == "for_ever")
LIMITED = tuple(topic.name for topic in REGISTRY if topic.kept == "limited")
HANDLED = tuple(topic.name for topic in REGISTRY if topic.kept == "handled")
LATEST = tuple(topic.name for topic in REGISTRY if topic.kept == "latest")

_BY_NAME = {topic.name: topic for topic in REGISTRY}
_BY_PAYLOAD = {topic.payload: topic for topic in REGISTRY}


def topic_named(name: str) -> Topic:
    """The topic of this name; `KeyError` when there is none."""
    return _BY_NAME[name]


def topic_of(payload: Payload) -> Topic:
    """The topic that says such payloads; `KeyError` when none does."""
    return _BY_PAYLOAD[type(payload)]
