"""Between the domain's payloads and their Protobuf form. Generated types stay in this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from c360.events.v1 import events_pb2 as pb
from google.protobuf.message import DecodeError

from c360_kernel.errors import Invalid
from c360_kernel.log import topics
from c360_kernel.payload import (
    ConsentRecorded,
    CoordinateUse,
    DecisionMade,
    EntryDeadLettered,
    EventTracked,
    ItemQuarantined,
    MembershipChanged,
    OperationAudited,
    Payload,
    ProfileChanged,
    RecordAssigned,
    RecordUpserted,
)
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.version import Version

_JUST_AFTER_MS = 1_000


def encode(payload: Payload) -> bytes:
    """The Protobuf bytes of a payload."""
    return _ENCODERS[type(payload)](payload).SerializeToString()


def decode(topic: str, data: bytes) -> Any:  # noqa: ANN401 - the caller's topic says which payload
    """The payload of an entry of `topic`; `Invalid` (PAYLOAD_MALFORMED) when it is none."""
    message_type, to_domain = _DECODERS[topic]
    try:
        return to_domain(message_type.FromString(data))
    except (DecodeError, ValueError) as error:
        raise Invalid(f"not a payload of {topic}", code="PAYLOAD_MALFORMED") from error


def _put_values(
    target: Any,  # noqa: ANN401 - a protobuf map field has no nameable type
    values: Mapping[str, TraitValue],
) -> None:
    for name, value in values.items():
        if isinstance(value, str):
            target[name].text = value
        elif isinstance(value, bool):
            target[name].flag = value
        elif isinstance(value, int):
            target[name].integer = value
        elif isinstance(value, float):
            target[name].number = value
        else:
            target[name].texts.items.extend(value)
            target[name].texts.SetInParent()


def _value(value: pb.Value) -> TraitValue:
    kind = value.WhichOneof("kind")
    if kind is None:
        raise ValueError("a value without a kind")
    if kind == "texts":
        return tuple(value.texts.items)
    return getattr(value, kind)


def _values(source: Mapping[str, pb.Value]) -> dict[str, TraitValue]:
    return {name: _value(source[name]) for name in source}


def _put_identifiers(
    target: Any,  # noqa: ANN401 - a repeated field has no nameable type
    identifiers: tuple[Identifier, ...],
) -> None:
    for identifier in identifiers:
        target.add(type=identifier.type, value=identifier.value)


def _identifiers(source: Any) -> tuple[Identifier, ...]:  # noqa: ANN401 - a repeated field
    return tuple(Identifier(item.type, item.value) for item in source)


def _record(message: Any) -> RecordKey:  # noqa: ANN401 - every message with source and key
    return RecordKey(message.source, message.key)


def _version(version: Version) -> pb.Version:
    return pb.Version(epoch=version.epoch, counter=version.counter)


def _read_version(version: pb.Version) -> Version:
    return Version(version.epoch, version.counter)


def _from_record(p: RecordUpserted) -> pb.RecordUpserted:
    message = pb.RecordUpserted(
        source=p.record.source,
        key=p.record.key,
        revision=p.revision,
        observed_at=p.observed_at,
        deleted=p.deleted,
        scale=pb.REVISION_SCALE_SOURCE if p.own else pb.REVISION_SCALE_TIME,
        mode=pb.RECORD_MODE_UPSERT if p.named is None else pb.RECORD_MODE_PATCH,
        named=p.named,
    )
    _put_identifiers(message.personal.identifiers, p.identifiers)
    _put_values(message.personal.traits, p.traits)
    return message


def _to_record(m: pb.RecordUpserted) -> RecordUpserted:
    return RecordUpserted(
        _record(m),
        m.revision,
        m.observed_at,
        m.deleted,
        _identifiers(m.personal.identifiers),
        _values(m.personal.traits),
        _is_own(m),
        _named(m),
    )


def _named(m: pb.RecordUpserted) -> tuple[str, ...] | None:
    return tuple(m.named) if m.mode == pb.RECORD_MODE_PATCH else None


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
    _put_identifiers(message.personal.identifiers, p.identifiers)
    _put_values(message.personal.properties, p.properties)
    return message


def _to_event(m: pb.EventTracked) -> EventTracked:
    return EventTracked(
        _record(m),
        m.message_id,
        m.name,
        m.occurred_at,
        _identifiers(m.personal.identifiers),
        _values(m.personal.properties),
    )


def _from_consent(p: ConsentRecorded) -> pb.ConsentRecorded:
    return pb.ConsentRecorded(
        source=p.record.source,
        key=p.record.key,
        purpose=p.purpose,
        status=p.status,
        at=p.at,
        channel=p.channel,
        claimed_at=p.claimed_at,
    )


def _to_consent(m: pb.ConsentRecorded) -> ConsentRecorded:
    if m.status not in ("granted", "denied", "withdrawn"):
        raise ValueError("unknown consent status")
    return ConsentRecorded(_record(m), m.purpose, m.status, m.at, m.channel, m.claimed_at)


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


def _from_assignment(p: RecordAssigned) -> pb.RecordAssigned:
    return pb.RecordAssigned(
        source=p.record.source,
        key=p.record.key,
        customer=p.customer,
        version=_version(p.version),
        left=p.left,
        cause=p.cause,
    )


def _to_assignment(m: pb.RecordAssigned) -> RecordAssigned:
    return RecordAssigned(_record(m), m.customer, _read_version(m.version), m.left, m.cause)


def _from_profile(p: ProfileChanged) -> pb.ProfileChanged:
    message = pb.ProfileChanged(
        customer=p.customer,
        version=_version(p.version),
        ended=p.ended,
        successor=p.successor,
        code=p.code,
        left_out=p.left_out,
    )
    _put_values(message.personal.traits, p.traits)
    return message


def _to_profile(m: pb.ProfileChanged) -> ProfileChanged:
    return ProfileChanged(
        m.customer,
        _read_version(m.version),
        _values(m.personal.traits),
        m.ended,
        m.successor,
        tuple(m.left_out),
    )


def _from_membership(p: MembershipChanged) -> pb.MembershipChanged:
    return pb.MembershipChanged(
        customer=p.customer,
        segment=p.segment,
        version=_version(p.version),
        member=p.member,
        at=p.at,
        why=p.why,
    )


def _to_membership(m: pb.MembershipChanged) -> MembershipChanged:
    return MembershipChanged(m.customer, m.segment, _read_version(m.version), m.member, m.at, m.why)


def _from_operation(p: OperationAudited) -> pb.OperationAudited:
    uses = [
        pb.OperationAudited.Use(
            coordinate=u.coordinate, use=u.use, decision=u.decision, rule=u.rule, tag=u.tag
        )
        for u in p.uses
    ]
    return pb.OperationAudited(
        principal=p.principal,
        roles=p.roles,
        purpose=p.purpose,
        reason=p.reason,
        policy_version=p.policy_version,
        operation_kind=p.operation_kind,
        operation_name=p.operation_name,
        operation_hash=p.operation_hash,
        uses=uses,
        subjects=p.subjects,
        at=p.at,
        outcome=p.outcome,
        trace_id=p.trace_id,
    )


def _to_operation(m: pb.OperationAudited) -> OperationAudited:
    uses = tuple(CoordinateUse(u.coordinate, u.use, u.decision, u.rule, u.tag) for u in m.uses)
    return OperationAudited(
        m.principal,
        tuple(m.roles),
        m.purpose,
        m.reason,
        m.policy_version,
        m.operation_kind,
        m.operation_name,
        m.operation_hash,
        uses,
        tuple(m.subjects),
        m.at,
        m.outcome,
        m.trace_id,
    )


def _from_quarantined(p: ItemQuarantined) -> pb.ItemQuarantined:
    return pb.ItemQuarantined(
        source=p.source,
        key=p.key,
        operation=p.operation,
        code=p.code,
        path=p.path,
        principal=p.principal,
        at=p.at,
        personal=pb.ItemQuarantined.Personal(item=p.item),
        cut=p.cut,
    )


def _to_quarantined(m: pb.ItemQuarantined) -> ItemQuarantined:
    return ItemQuarantined(
        m.source,
        m.key,
        m.operation,
        m.code,
        m.path,
        m.principal,
        m.at,
        m.personal.item,
        m.cut,
    )


def _from_dead_letter(p: EntryDeadLettered) -> pb.EntryDeadLettered:
    return pb.EntryDeadLettered(
        group=p.group,
        topic=p.topic,
        partition=p.partition,
        offset=p.offset,
        entry_id=p.entry_id,
        code=p.code,
        at=p.at,
        personal=pb.EntryDeadLettered.Personal(data=p.data),
    )


def _to_dead_letter(m: pb.EntryDeadLettered) -> EntryDeadLettered:
    return EntryDeadLettered(
        m.group, m.topic, m.partition, m.offset, m.entry_id, m.code, m.at, m.personal.data
    )


_ENCODERS: Mapping[type, Callable[[Any], Any]] = {
    RecordUpserted: _from_record,
    EventTracked: _from_event,
    ConsentRecorded: _from_consent,
    DecisionMade: _from_decision,
    RecordAssigned: _from_assignment,
    ProfileChanged: _from_profile,
    MembershipChanged: _from_membership,
    OperationAudited: _from_operation,
    ItemQuarantined: _from_quarantined,
    EntryDeadLettered: _from_dead_letter,
}

_DECODERS: Mapping[str, tuple[Any, Callable[[Any], Any]]] = {
    topics.RECORDS: (pb.RecordUpserted, _to_record),
    topics.EVENTS: (pb.EventTracked, _to_event),
    topics.CONSENTS: (pb.ConsentRecorded, _to_consent),
    topics.DECISIONS: (pb.DecisionMade, _to_decision),
    topics.IDENTITIES: (pb.RecordAssigned, _to_assignment),
    topics.PROFILES: (pb.ProfileChanged, _to_profile),
    topics.MEMBERSHIPS: (pb.MembershipChanged, _to_membership),
    topics.AUDIT: (pb.OperationAudited, _to_operation),
    topics.QUARANTINE: (pb.ItemQuarantined, _to_quarantined),
    topics.DEAD_LETTERS: (pb.EntryDeadLettered, _to_dead_letter),
}
