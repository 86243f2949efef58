"""What sources and stewards said, as messages."""

from __future__ import annotations

from typing import get_args

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.values import (
    mode_of,
    put_identifiers,
    put_values,
    read_identifiers,
    read_named,
    read_record,
    read_values,
    scale_of,
)
from c360_kernel.payload import (
    ConsentRecorded,
    ConsentStatus,
    ConsentTerms,
    DecisionMade,
    EventTracked,
    RecordUpserted,
)
from c360_kernel.record import RecordKey

_JUST_AFTER_MS = 1_000

_CONSENT_STATUSES: tuple[ConsentStatus, ...] = get_args(ConsentStatus)


def _from_record(p: RecordUpserted) -> pb.RecordUpserted:
    message = pb.RecordUpserted(
        source=p.record.source,
        key=p.record.key,
        revision=p.revision,
        observed_at=p.observed_at,
        deleted=p.deleted,
        scale=scale_of(p.own),
        mode=mode_of(p.named),
        named=p.named,
    )
    put_identifiers(message.personal.identifiers, p.identifiers)
    put_values(message.personal.traits, p.traits)
    return message


def _to_record(m: pb.RecordUpserted) -> RecordUpserted:
    return RecordUpserted(
        read_record(m),
        m.revision,
        m.observed_at,
        m.deleted,
        read_identifiers(m.personal.identifiers),
        read_values(m.personal.traits),
        _is_own(m),
        read_named(m),
    )


def _is_own(m: pb.RecordUpserted) -> bool:
    if m.scale != pb.REVISION_SCALE_UNSPECIFIED:
        return m.scale == pb.REVISION_SCALE_SOURCE
    # Before there were scales, a revision that nobody gave was the time, or just after it.
    return not 0 <= m.revision - m.observed_at < _JUST_AFTER_MS


def _from_event(p: EventTracked) -> pb.EventTracked:
    message = pb.EventTracked(
        source=p.record.source,
        key=p.record.key,
        message_id=p.message_id,
        name=p.name,
        occurred_at=p.occurred_at,
    )
    put_identifiers(message.personal.identifiers, p.identifiers)
    put_values(message.personal.properties, p.properties)
    return message


def _to_event(m: pb.EventTracked) -> EventTracked:
    return EventTracked(
        read_record(m),
        m.message_id,
        m.name,
        m.occurred_at,
        read_identifiers(m.personal.identifiers),
        read_values(m.personal.properties),
    )


def _from_consent(p: ConsentRecorded) -> pb.ConsentRecorded:
    terms = p.terms
    message = pb.ConsentRecorded(
        source=p.record.source,
        key=p.record.key,
        purpose=p.purpose,
        status=p.status,
        at=p.at,
        channel=p.channel,
        claimed_at=p.claimed_at,
        basis=terms.basis,
        wording=terms.wording,
        language=terms.language,
        jurisdiction=terms.jurisdiction,
        given_by=terms.given_by,
        expires_at=terms.expires_at,
        supersedes=p.supersedes,
    )
    if terms.proof:
        message.personal.proof = terms.proof
    return message


def _to_consent(m: pb.ConsentRecorded) -> ConsentRecorded:
    if m.status not in _CONSENT_STATUSES:
        raise ValueError("unknown consent status")
    terms = ConsentTerms(
        m.basis,
        m.wording,
        m.language,
        m.jurisdiction,
        m.given_by,
        m.personal.proof,
        m.expires_at,
    )
    said = (read_record(m), m.purpose, m.status, m.at, m.channel, m.claimed_at)
    return ConsentRecorded(*said, terms, tuple(m.supersedes))


def _from_decision(p: DecisionMade) -> pb.DecisionMade:
    return pb.DecisionMade(
        decision_id=p.decision_id,
        kind=p.kind,
        source_a=p.a.source,
        key_a=p.a.key,
        source_b=p.b.source,
        key_b=p.b.key,
        undoes=p.undoes,
        actor=p.actor,
        reason=p.reason,
    )


def _to_decision(m: pb.DecisionMade) -> DecisionMade:
    if m.kind not in ("same", "not_same", "undo"):
        raise ValueError("unknown decision kind")
    return DecisionMade(
        m.decision_id,
        m.kind,
        RecordKey(m.source_a, m.key_a),
        RecordKey(m.source_b, m.key_b),
        m.undoes,
        m.actor,
        m.reason,
    )


RECORD = Codec(pb.RecordUpserted, _from_record, _to_record)
EVENT = Codec(pb.EventTracked, _from_event, _to_event)
CONSENT = Codec(pb.ConsentRecorded, _from_consent, _to_consent)
DECISION = Codec(pb.DecisionMade, _from_decision, _to_decision)
