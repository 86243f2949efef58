"""What the log says, one frozen type per topic.

These are the domain's own types; the Protobuf form of each lives in
`proto/c360/events/v1/` and is reached through `c360_kernel.codec`.
All times are integer milliseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal, NamedTuple, Self, get_args

from typing_extensions import override

from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.value_object import value_object
from c360_kernel.version import Version

ConsentStatus = Literal["granted", "denied", "withdrawn", "expired"]
LegalBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
]
"""On what the use of data may rest."""
LEGAL_BASES: tuple[LegalBasis, ...] = get_args(LegalBasis)
DecisionKind = Literal["same", "not_same", "undo"]

MAX_PAYLOAD_BYTES = 960_000
"""Whoever makes an entry keeps its payload below this (`c360_kernel.log.size` says what a log
takes): names and times then fit beside it, and so does all of it in a dead letter."""
PROFILE_TOO_LARGE = "PROFILE_TOO_LARGE"
_NOTHING: Mapping[str, TraitValue] = {}
_NO_STATES: Mapping[str, str] = {}
TagValue = bool | int | str
"""True of a flag, a number of a score, a word of a closed list."""
_NO_TAGS: Mapping[str, TagValue] = {}


class Payload:
    """What an entry says; `c360_kernel.log.topics` lists the kinds."""

    __slots__ = ()


class Derived(Payload):
    """What is published of something derived: its state under a version.

    Readers keep, by `key`, the payload of the greatest version.
    """

    __slots__ = ()
    version: Version

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        raise NotImplementedError

    def content(self) -> object:
        """What a reader would keep of it, to be compared; None when that is nothing."""
        raise NotImplementedError

    def ending(self) -> Self:
        """The payload that says that there is nothing any more."""
        raise NotImplementedError

    def following(self, before: Derived) -> Self:
        """The payload as it is published after `before`, of the same key."""
        return self


@value_object
class RecordUpserted(Payload):
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


@value_object
class EventTracked(Payload):
    """`events`: something happened to the person that `record` is about."""

    record: RecordKey
    message_id: str
    name: str
    occurred_at: int
    identifiers: tuple[Identifier, ...] = ()
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)


class ConsentTerms(NamedTuple):
    """Under which terms a purpose was answered, as far as that was said.

    `basis` is a `LegalBasis`; `wording` names what was shown, in `language`; `given_by` is the
    person or who answers for it; `proof` an address or hash of what proves it. `expires_at`, of a
    grant alone, is until when it holds (ms UTC), 0 for one without an end.
    """

    basis: str = ""
    wording: str = ""
    language: str = ""
    jurisdiction: str = ""
    given_by: str = ""
    proof: str = ""
    expires_at: int = 0


NO_TERMS = ConsentTerms()


@value_object
class ConsentRecorded(Payload):
    """`consents`: a purpose was granted, denied or withdrawn, or a grant is over.

    Where its sender's clock was ahead, `at` is the time of arrival and `claimed_at` what the
    sender said; else that is 0. `supersedes` are the stamps of answers on other records that
    belonged to the same customer when this grant arrived: the person was asked again.
    """

    record: RecordKey
    purpose: str
    status: ConsentStatus
    at: int
    channel: str = ""
    claimed_at: int = 0
    terms: ConsentTerms = NO_TERMS
    supersedes: tuple[str, ...] = ()


@value_object
class DecisionMade(Payload):
    """`decisions`: a steward said same or not same of two records, or took a decision back.

    An undo that names no decision takes back the one that stands on its pair.
    """

    decision_id: str
    kind: DecisionKind
    a: RecordKey
    b: RecordKey
    undoes: str = ""
    actor: str = ""
    reason: str = ""

    @property
    def record(self) -> RecordKey:
        """The smaller of the pair, which the entry is kept under."""
        return min(self.a, self.b)


class TagChange(NamedTuple):
    """What is said of one tag: its value, None where it is taken off.

    `expires_at` is until when it holds (ms UTC), 0 for one without an end.
    """

    tag: str
    value: TagValue | None
    expires_at: int = 0


@value_object
class RecordTagged(Payload):
    """`tags`: somebody put tags on a record, or took them off.

    `writer` is in whose name: of what one writer says of a tag the newest counts. `author` is who
    did it, which is another where one's tag is taken off by somebody else. `message_id` names it
    for its record and writer, for ever; "" is no name.
    """

    record: RecordKey
    writer: str
    changes: tuple[TagChange, ...]
    author: str = ""
    reason: str = ""
    message_id: str = ""


@value_object
class ObjectUpserted(Payload):
    """`objects`: what one source now says about one object, the whole of it.

    The object is named by `type` and the key of `record` alone: of what sources say of it what was
    observed last holds.
    """

    record: RecordKey
    type: str
    observed_at: int
    deleted: bool = False
    properties: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)


@value_object
class SegmentSaved(Payload):
    """`segments`: one version of a segment that people made; `condition` is JSON, as written.

    A version is one more than the one that it replaces. Of two that were saved as the same version
    the one with the smaller stamp holds.
    """

    name: str
    version: int
    title: str
    description: str
    condition: str
    note: str
    author: str
    archived: bool = False


@value_object
class AccountUpserted(Payload):
    """`accounts`: what one source now says about one account, all of it or what a patch names.

    `parent` is the record of the account that it is a part of. Revisions and patches are those of
    `RecordUpserted`.
    """

    record: RecordKey
    revision: int
    observed_at: int
    deleted: bool = False
    identifiers: tuple[Identifier, ...] = ()
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    own: bool = True
    parent: RecordKey | None = None
    named: tuple[str, ...] | None = None


@value_object
class AccountLinked(Payload):
    """`links`: a person's record has to do with an account's record, as `link` says.

    `link` is the source that says so and its own name of the link. `influence` is from 1 to 5, 0
    where nothing is said of it; `attitude` for, neutral, against or ""; `reports_to` the record of
    another person. It holds from `valid_from` until before `valid_to` (ms UTC, 0: no such end).
    """

    link: RecordKey
    person: RecordKey
    account: RecordKey
    kind: str
    revision: int
    observed_at: int
    role: str = ""
    title: str = ""
    influence: int = 0
    attitude: str = ""
    reports_to: RecordKey | None = None
    primary: bool = False
    valid_from: int = 0
    valid_to: int = 0
    own: bool = True
    deleted: bool = False

    @property
    def record(self) -> RecordKey:
        """What the entry is kept under: the link."""
        return self.link


@value_object
class RecordAssigned(Derived):
    """`identities`: since `version` this record belongs to `customer` ("" once deleted)."""

    record: RecordKey
    customer: str
    version: Version
    left: str = ""
    cause: str = ""

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.record

    @override
    def content(self) -> object:
        return self.customer or None

    @override
    def ending(self) -> Self:
        return replace(self, customer="", left=self.customer)

    def following(self, before: Derived) -> Self:
        """Says also which customer the record leaves."""
        return replace(self, left=str(before.content() or ""))


@value_object
class AccountAssigned(Derived):
    """`account-identities`: since `version` this record is of `account` ("" once deleted).

    With its oldest record is told what the account `comes_to`, of what the catalog has told.
    """

    record: RecordKey
    account: str
    version: Version
    comes_to: Mapping[str, TraitValue] = field(default_factory=dict[str, TraitValue])

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.record

    @override
    def content(self) -> object:
        return (self.account, sorted(self.comes_to.items())) if self.account else None

    @override
    def ending(self) -> Self:
        return replace(self, account="", comes_to={})


@value_object
class ProfileChanged(Derived):
    """`profiles`: the whole golden profile of a customer, or "ended, see successor".

    Of one that is larger than an entry may be, the traits in `left_out` are not told. `consents`
    are as in `ConsentStatesChanged`, `sources` those that its records come from, in order, `tags`
    those that it has, with their values.
    """

    customer: str
    version: Version
    traits: Mapping[str, TraitValue] = field(default_factory=lambda: _NOTHING)
    ended: bool = False
    successor: str = ""
    left_out: tuple[str, ...] = ()
    consents: Mapping[str, str] = field(default_factory=lambda: _NO_STATES)
    sources: tuple[str, ...] = ()
    tags: Mapping[str, TagValue] = field(default_factory=lambda: _NO_TAGS)

    @property
    def code(self) -> str:
        """PROFILE_TOO_LARGE where traits are left out, "" for a whole profile."""
        return PROFILE_TOO_LARGE if self.left_out else ""

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.customer, ""

    @override
    def content(self) -> object:
        """For sources, which entries of before lack, nobody is told anew."""
        if self.ended:
            return None
        return dict(self.traits), self.left_out, dict(self.consents), dict(self.tags)

    @override
    def ending(self) -> Self:
        return replace(self, traits={}, ended=True, consents={}, sources=(), tags={})


@value_object
class ConsentStatesChanged(Derived):
    """`consent-states`: what a customer consents to, by purpose; all that was said before is over.

    A state is the most restrictive answer of the customer's records.
    """

    customer: str
    version: Version
    states: Mapping[str, str] = field(default_factory=lambda: _NO_STATES)

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.customer, ""

    @override
    def content(self) -> object:
        return dict(self.states) or None

    @override
    def ending(self) -> Self:
        return replace(self, states={})


@value_object
class MembershipChanged(Derived):
    """`memberships`: a customer entered or left a segment.

    `reads` are the coordinates that the change of a segment that people made tells of. `redefined`:
    the conditions changed, and not the customer.
    """

    customer: str
    segment: str
    version: Version
    member: bool
    at: int
    why: str = ""
    reads: tuple[str, ...] = ()
    redefined: bool = False

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.customer, self.segment

    @override
    def content(self) -> object:
        return self.member or None

    @override
    def ending(self) -> Self:
        return replace(self, member=False)


@value_object
class QualityChanged(Derived):
    """`quality`: a measure of a trait in a source went beyond its bound, or came back.

    `value` is the share that it is, `bound` what the catalog allows; None where nothing is left to
    measure, or where there is no bound any more. `at` is when what caused it was taken in (ms UTC).
    """

    source: str
    trait: str
    measure: str
    version: Version
    beyond: bool
    value: float | None
    bound: float | None
    at: int

    @property
    @override
    def key(self) -> tuple[str, str]:
        return self.source, f"{self.trait}/{self.measure}"

    @override
    def content(self) -> object:
        return self.beyond or None

    @override
    def ending(self) -> Self:
        return replace(self, beyond=False)


class CoordinateUse(NamedTuple):
    """One use of a coordinate in an operation and what policy said to it.

    `decision` is `allow`, `deny`, or `mask:` and the mask. `objects` is of how many objects it was
    answered, with a value or null; None where that was not counted.
    """

    coordinate: str
    use: str
    decision: str
    rule: str = ""
    tag: str = ""
    objects: int | None = None

    @property
    def mask(self) -> str:
        """The mask that was put on, or ""."""
        return self.decision.removeprefix("mask:") if self.decision[:5] == "mask:" else ""


AuditKind = Literal[
    "operation",
    "refusal",
    "login_failed",
    "token_minted",
    "token_revoked",
    "policy_published",
    "policy_proposed",
    "policy_approved",
    "policy_refused",
    "catalog_changed",
    "schema_changed",
    "key_rotated",
    "import",
    "export",
    "replay",
    "digest",
    "audit_question",
    "break_glass_opened",
    "break_glass_reviewed",
    "detokenize",
    "alert",
    "subject_forgotten",
    "segment_saved",
    "segment_archived",
]
"""What an entry of the topic `audit` is about; docs/audit.md says what each of them tells."""
AUDIT_KINDS: tuple[AuditKind, ...] = get_args(AuditKind)


@value_object
class OperationAudited(Payload):
    """`audit`: something done or refused, here or on the command line. Never holds a value.

    `subjects` are the names of the customers touched (`c360_kernel.subject_names`). One entry may
    stand for several equal acts: so many `times`, from `at` to `until`. `target` is what it was
    done to, and `details` what else its kind tells.
    """

    principal: str
    roles: tuple[str, ...] = ()
    purpose: str = ""
    reason: str = ""
    policy_version: str = ""
    operation_kind: str = ""
    operation_name: str = ""
    operation_hash: str = ""
    uses: tuple[CoordinateUse, ...] = ()
    subjects: tuple[str, ...] = ()
    at: int = 0
    outcome: str = ""
    trace_id: str = ""
    kind: AuditKind = "operation"
    code: str = ""
    role_set: str = ""
    ticket: str = ""
    break_glass: str = ""
    attributes_hash: str = ""
    row_policy_version: str = ""
    times: int = 1
    until: int = 0
    address: str = ""
    token_id: str = ""
    target: str = ""
    details: Mapping[str, str] = field(default_factory=lambda: _NO_DETAILS)


_NO_DETAILS: Mapping[str, str] = {}


@value_object
class CheckpointsSigned(Payload):
    """`audit-checkpoints`: the newest signed checkpoint of each partition of `audit`."""

    notes: tuple[str, ...]


@value_object
class ActHandedOn(Payload):
    """`audit-events`: an act in the form that others take, one JSON object."""

    event: bytes


@value_object
class ItemQuarantined(Payload):
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


@value_object
class DeliveryReceived(Payload):
    """`inbox`: what a source sent by itself to a connector, as it came (`body`).

    `delivery` is by what it is known when it comes again.
    """

    connector: str
    delivery: str
    at: int
    body: bytes


@value_object
class EntryDeadLettered(Payload):
    """`dead-letters`: an entry that no handler of `group` could take."""

    group: str
    topic: str
    partition: int
    offset: int
    entry_id: str
    code: str
    at: int
    data: bytes
