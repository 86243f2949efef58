"""What the log says, one frozen type per topic.

These are the domain's own types; the Protobuf form of each lives in
`proto/c360/events/v1/events.proto` and is reached through `c360_kernel.codec`.
All times are integer milliseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.version import Version

ConsentStatus = Literal["granted", "denied", "withdrawn"]
DecisionKind = Literal["same", "not_same", "undo"]

MAX_PAYLOAD_BYTES = 960_000
"""Whoever makes an entry keeps its payload below this (`c360_kernel.log.size` says what a log
takes): names and times then fit beside it, and so does all of it in a dead letter."""
PROFILE_TOO_LARGE = "PROFILE_TOO_LARGE"
_NOTHING: Mapping[str, TraitValue] = {}


@dataclass(frozen=True, slots=True)
class RecordUpserted:
    """`records`: what one source now says about one person.

    `identifiers` and `traits` are the whole state at this revision, as the source wrote them. Of a
    patch they are what it says of the parts in `named`; those that it says nothing of are removed,
    and all others stay (`c360_kernel.record_parts`).
    `own` revisions are the source's growing numbers; others are times in milliseconds, and the
    two are never compared (`c360_kernel.revisions`).
    """

    record: RecordKey
    revision: int
    observed_at: int
    deleted: bool = False
    identifiers: tuple[Identifier, ...] = ()
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    own: bool = True
    named: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EventTracked:
    """`events`: something happened to the person that `record` is about."""

    record: RecordKey
    message_id: str
    name: str
    occurred_at: int
    identifiers: tuple[Identifier, ...] = ()
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """`consents`: a purpose was granted, denied or withdrawn.

    Where its sender's clock was ahead, `at` is the time of arrival and `claimed_at` what the
    sender said; else that is 0.
    """

    record: RecordKey
    purpose: str
    status: ConsentStatus
    at: int
    channel: str = ""
    claimed_at: int = 0


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """`decisions`: a steward said same or not same of two records, or took a decision back."""

    decision_id: str
    kind: DecisionKind
    a: RecordKey
    b: RecordKey
    undoes: str = ""
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordAssigned:
    """`identities`: since `version` this record belongs to `customer` ("" once deleted)."""

    record: RecordKey
    customer: str
    version: Version
    left: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """`profiles`: the whole golden profile of a customer, or "ended, see successor".

    Of one that is larger than an entry may be, the traits in `left_out` are not told.
    """

    customer: str
    version: Version
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    ended: bool = False
    successor: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """PROFILE_TOO_LARGE where traits are left out, "" for a whole profile."""
        return PROFILE_TOO_LARGE if self.left_out else ""


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """`memberships`: a customer entered or left a segment."""

    customer: str
    segment: str
    version: Version
    member: bool
    at: int
    why: str = ""


class CoordinateUse(NamedTuple):
    """One use of a coordinate in an operation and what policy said to it."""

    coordinate: str
    use: str
    decision: str
    rule: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class OperationAudited:
    """`audit`: one operation performed at the gateway. Never holds a value."""

    principal: str
    roles: tuple[str, ...]
    purpose: str
    reason: str
    policy_version: str
    operation_kind: str
    operation_name: str
    operation_hash: str
    uses: tuple[CoordinateUse, ...]
    subjects: tuple[str, ...]
    at: int
    outcome: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class ItemQuarantined:
    """`quarantine`: an item refused at the door, as it was sent (`item`, JSON).

    Where it is `cut`, only its beginning is kept, or nothing at all.
    """

    source: str
    key: str
    operation: str
    code: str
    path: str
    principal: str
    at: int
    item: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class EntryDeadLettered:
    """`dead-letters`: an entry that no handler of `group` could take."""

    group: str
    topic: str
    partition: int
    offset: int
    entry_id: str
    code: str
    at: int
    data: bytes


Payload = (
    RecordUpserted
    | EventTracked
    | ConsentRecorded
    | DecisionMade
    | RecordAssigned
    | ProfileChanged
    | MembershipChanged
    | OperationAudited
    | ItemQuarantined
    | EntryDeadLettered
)
