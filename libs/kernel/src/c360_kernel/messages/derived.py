"""What services derive from the truth, as messages."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.values import (
    put_values,
    read_record,
    read_tag_values,
    read_values,
    read_version,
    version_message,
)
from c360_kernel.payload import (
    ConsentStatesChanged,
    MembershipChanged,
    ProfileChanged,
    QualityChanged,
    RecordAssigned,
)


def _from_assignment(p: RecordAssigned) -> pb.RecordAssigned:
    return pb.RecordAssigned(
        source=p.record.source,
        key=p.record.key,
        customer=p.customer,
        version=version_message(p.version),
        left=p.left,
        cause=p.cause,
    )


def _to_assignment(m: pb.RecordAssigned) -> RecordAssigned:
    return RecordAssigned(read_record(m), m.customer, read_version(m.version), m.left, m.cause)


def _from_profile(p: ProfileChanged) -> pb.ProfileChanged:
    message = pb.ProfileChanged(
        customer=p.customer,
        version=version_message(p.version),
        ended=p.ended,
        successor=p.successor,
        code=p.code,
        left_out=p.left_out,
        # A map given as a map is put in by Python code, also an empty one.
        consents=p.consents or None,
        sources=p.sources,
    )
    put_values(message.personal.traits, p.traits)
    put_values(message.personal.tags, p.tags)
    return message


def _to_profile(m: pb.ProfileChanged) -> ProfileChanged:
    return ProfileChanged(
        m.customer,
        read_version(m.version),
        read_values(m.personal.traits),
        m.ended,
        m.successor,
        tuple(m.left_out),
        dict(m.consents),
        tuple(m.sources),
        read_tag_values(m.personal.tags),
    )


def _from_consent_states(p: ConsentStatesChanged) -> pb.ConsentStatesChanged:
    return pb.ConsentStatesChanged(
        customer=p.customer, version=version_message(p.version), states=p.states
    )


def _to_consent_states(m: pb.ConsentStatesChanged) -> ConsentStatesChanged:
    return ConsentStatesChanged(m.customer, read_version(m.version), dict(m.states))


def _from_membership(p: MembershipChanged) -> pb.MembershipChanged:
    return pb.MembershipChanged(
        customer=p.customer,
        segment=p.segment,
        version=version_message(p.version),
        member=p.member,
        at=p.at,
        why=p.why,
        reads=p.reads,
        redefined=p.redefined,
    )


def _to_membership(m: pb.MembershipChanged) -> MembershipChanged:
    said = m.member, m.at, m.why, tuple(m.reads), m.redefined
    return MembershipChanged(m.customer, m.segment, read_version(m.version), *said)


def _from_quality(p: QualityChanged) -> pb.QualityChanged:
    return pb.QualityChanged(
        source=p.source,
        trait=p.trait,
        measure=p.measure,
        version=version_message(p.version),
        beyond=p.beyond,
        value=p.value,
        bound=p.bound,
        at=p.at,
    )


def _to_quality(m: pb.QualityChanged) -> QualityChanged:
    value = m.value if m.HasField("value") else None
    bound = m.bound if m.HasField("bound") else None
    said = m.beyond, value, bound, m.at
    return QualityChanged(m.source, m.trait, m.measure, read_version(m.version), *said)


ASSIGNMENT = Codec(pb.RecordAssigned, _from_assignment, _to_assignment)
CONSENT_STATES = Codec(pb.ConsentStatesChanged, _from_consent_states, _to_consent_states)
PROFILE = Codec(pb.ProfileChanged, _from_profile, _to_profile)
MEMBERSHIP = Codec(pb.MembershipChanged, _from_membership, _to_membership)
QUALITY = Codec(pb.QualityChanged, _from_quality, _to_quality)
