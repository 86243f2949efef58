"""The three kinds of item and how each becomes a payload of the log."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast, get_args

from c360_federation.caches import Lru
from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import (
    check_properties,
    check_purpose,
    check_traits,
    trait_identifiers,
)
from c360_kernel.corrections import corrected_by
from c360_kernel.log.topics import CONSENTS, EVENTS, RECORDS
from c360_kernel.payload import (
    AccountLinked,
    AccountUpserted,
    ConsentRecorded,
    ConsentStatus,
    DecisionMade,
    EventTracked,
    ObjectUpserted,
    RecordTagged,
    RecordUpserted,
)
from c360_kernel.record import RecordKey
from c360_kernel.revisions import content_of

from c360_gateway.collect.consent_terms import TERM_FIELDS, terms_of
from c360_gateway.collect.fields import (
    FIELD_TYPE,
    Refused,
    flag_of,
    identifiers_of,
    name_of,
    optional_name,
    record_of,
    refuse_first,
    sole_name_of,
    values_of,
)
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.modes import parts_named
from c360_gateway.collect.times import (
    DEFAULT_SKEW_MS,
    answered_at,
    own_revision_of,
    past_instant_of,
)

_STATUSES: tuple[ConsentStatus, ...] = get_args(ConsentStatus)
_KEPT_REVISIONS = 10_000
OfPersons = RecordUpserted | EventTracked | ConsentRecorded | DecisionMade | RecordTagged
OfAccounts = AccountUpserted | AccountLinked
Truth = OfPersons | OfAccounts | ObjectUpserted


_RECORD_FIELDS = frozenset(
    ("source", "key", "mode", "revision", "observedAt", "deleted", "identifiers", "traits")
)
_EVENT_FIELDS = frozenset(
    ("source", "key", "messageId", "name", "occurredAt", "identifiers", "properties")
)
_CONSENT_FIELDS = TERM_FIELDS | {"source", "key", "purpose", "status", "at", "channel"}


class Signature(NamedTuple):
    """Who sends an item, and the stamp that it is given."""

    actor: str
    stamp: str


class Beside(NamedTuple):
    """What is appended with an item, before it: its topic, its type and what it says."""

    topic: str
    type: str
    payload: Truth


def _nothing(item: RawItem, payload: Truth, by: Signature) -> Beside | None:
    del item, payload, by
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of item is read.

    `read` gives the payload, from the item and the milliseconds of its stamp, or raises
    `Refused`; it has no more than `fields`, of which `time` is when it holds from: the time of its
    arrival if left out, or always where it is None. `name` is what makes two items of one call the
    same item. `sign` adds who says so, and `subject` is the part of an item that names a record.
    `is_of_source`: a source says it, which the token has to name. `beside` is what else goes with
    an item onto the log.
    """

    operation: str
    topic: str
    type: str
    fields: frozenset[str]
    time: str | None
    read: Callable[[RawItem, int], Truth]
    name: Callable[[Truth], Hashable]
    sign: Callable[[Truth, Signature], Truth] = lambda payload, _: payload
    subject: Callable[[object], object] = lambda item: item
    is_of_source: bool = True
    beside: Callable[[RawItem, Truth, Signature], Beside | None] = _nothing


def records_of(payload: Truth) -> Sequence[RecordKey]:
    """The records of persons that it is about; of a correction the corrected one."""
    if isinstance(payload, AccountUpserted | ObjectUpserted):
        return ()
    if isinstance(payload, AccountLinked):
        return (payload.person,)
    if isinstance(payload, DecisionMade):
        return (payload.a, payload.b)
    return (corrected_by(payload.record) or payload.record,)


class Revisions:
    """Revisions for sources that give none: the stamp's time, but growing for each record."""

    def __init__(self) -> None:
        self._last: Lru[Hashable, int] = Lru(_KEPT_REVISIONS)

    def next(self, record: Hashable, stamp_ms: int) -> int:
        """A revision later than the last one given to this record here."""
        last = self._last.get(record)
        return self._last.put(record, stamp_ms if last is None else max(stamp_ms, last + 1))


def record_kind(catalog: Catalog, skew_ms: int = DEFAULT_SKEW_MS) -> Kind:
    """Items of `upsertRecords`; `skew_ms` is how far ahead a sender's clock may be."""
    revisions = Revisions()

    def read(item: RawItem, stamp_ms: int) -> RecordUpserted:
        record = record_of(item, catalog)
        named = parts_named(item, catalog)
        own = own_revision_of(item)
        observed = past_instant_of(item, "observedAt", stamp_ms, skew_ms)
        deleted = flag_of(item, "deleted")
        traits = check_traits(catalog, values_of(item, "traits"))
        refuse_first(traits.problems)
        identifiers = (*identifiers_of(item, catalog), *trait_identifiers(catalog, traits.values))
        if deleted and (identifiers or traits.values):
            raise Refused(FIELD_TYPE, "deleted", "a deleted record has no traits or identifiers")
        revision = own if own is not None else observed
        return RecordUpserted(
            record=record,
            revision=revisions.next(record, stamp_ms) if revision is None else revision,
            observed_at=stamp_ms if observed is None else observed,
            deleted=deleted,
            identifiers=tuple(dict.fromkeys(identifiers)),
            traits=traits.values,
            own=own is not None,
            # A deletion says all, in either mode.
            named=None if deleted else named,
        )

    def name(payload: Truth) -> Hashable:
        record = cast(RecordUpserted, payload)
        return (record.record, record.own, record.revision, content_of(record))

    return Kind(
        "upsertRecords",
        RECORDS,
        "c360.record.upserted.v1",
        _RECORD_FIELDS,
        "observedAt",
        read,
        name,
    )


def event_kind(catalog: Catalog, skew_ms: int = DEFAULT_SKEW_MS) -> Kind:
    """Items of `trackEvents`; `skew_ms` is how far ahead a sender's clock may be."""

    def read(item: RawItem, stamp_ms: int) -> EventTracked:
        record = record_of(item, catalog)
        message_id = sole_name_of(item, "messageId")
        event = name_of(item, "name")
        occurred = past_instant_of(item, "occurredAt", stamp_ms, skew_ms)
        properties = check_properties(catalog, event, values_of(item, "properties"))
        refuse_first(properties.problems)
        return EventTracked(
            record=record,
            message_id=message_id,
            name=event,
            occurred_at=stamp_ms if occurred is None else occurred,
            identifiers=tuple(dict.fromkeys(identifiers_of(item, catalog))),
            properties=properties.values,
        )

    def name(payload: Truth) -> Hashable:
        event = cast(EventTracked, payload)
        return (event.record.source, event.message_id)

    return Kind(
        "trackEvents", EVENTS, "c360.event.tracked.v1", _EVENT_FIELDS, "occurredAt", read, name
    )


def consent_kind(catalog: Catalog) -> Kind:
    """Items of `recordConsent`."""

    def read(item: RawItem, stamp_ms: int) -> ConsentRecorded:
        record = record_of(item, catalog)
        purpose = name_of(item, "purpose")
        refuse_first([check_purpose(catalog, purpose)])
        status = name_of(item, "status").lower()
        if status not in _STATUSES:
            raise Refused(FIELD_TYPE, "status", f"status is one of {', '.join(_STATUSES)}")
        at, claimed_at = answered_at(item, stamp_ms)
        terms = terms_of(item, catalog.purposes[purpose], status, at)
        return ConsentRecorded(
            record=record,
            purpose=purpose,
            status=status,
            at=at,
            channel=optional_name(item, "channel"),
            claimed_at=claimed_at,
            terms=terms,
        )

    # Whatever is equal in every part says the same once more.
    return Kind(
        "recordConsent",
        CONSENTS,
        "c360.consent.recorded.v1",
        _CONSENT_FIELDS,
        "at",
        read,
        lambda payload: payload,
    )
