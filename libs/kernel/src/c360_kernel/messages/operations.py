"""What was done or refused, as a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TypedDict, cast

from c360.events.v1 import events_pb2 as pb
from typing_extensions import Unpack, override

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.operation_uses import KnownUses, Uses, uses_of
from c360_kernel.payload import AuditKind, CheckpointsSigned, CoordinateUse, OperationAudited

_OPERATION: AuditKind = "operation"
_NO_DETAILS: Mapping[str, str] = {}
_PUT = [getattr(OperationAudited, one.name).__set__ for one in fields(OperationAudited)]


def _from_operation(p: OperationAudited) -> pb.OperationAudited:
    return pb.OperationAudited(
        principal=p.principal,
        roles=p.roles,
        purpose=p.purpose,
        reason=p.reason,
        policy_version=p.policy_version,
        operation_kind=p.operation_kind,
        operation_name=p.operation_name,
        operation_hash=p.operation_hash,
        uses=map(_from_use, p.uses),
        subjects=p.subjects,
        at=p.at,
        outcome=p.outcome,
        trace_id=p.trace_id,
        kind="" if p.kind == _OPERATION else p.kind,
        code=p.code,
        role_set=p.role_set,
        ticket=p.ticket,
        break_glass=p.break_glass,
        attributes_hash=p.attributes_hash,
        row_policy_version=p.row_policy_version,
        use_counts=_counts(p.uses),
        times=0 if p.times == 1 else p.times,
        until=p.until,
        address=p.address,
        token_id=p.token_id,
        target=p.target,
        details=p.details,
    )


def _to_operation(m: pb.OperationAudited, uses: Uses | None = None) -> OperationAudited:
    values = (
        m.principal,
        tuple(m.roles),
        m.purpose,
        m.reason,
        m.policy_version,
        m.operation_kind,
        m.operation_name,
        m.operation_hash,
        uses_of(m) if uses is None else uses,
        tuple(m.subjects),
        m.at,
        m.outcome,
        m.trace_id,
        # What a newer version tells is evidence as well, whether or not we know of its kind.
        cast("AuditKind", m.kind or _OPERATION),
        m.code,
        m.role_set,
        m.ticket,
        m.break_glass,
        m.attributes_hash,
        m.row_policy_version,
        m.times or 1,
        m.until,
        m.address,
        m.token_id,
        m.target,
        dict(m.details) if m.details else _NO_DETAILS,
    )
    return _operation(values)


def _operation(values: Sequence[object]) -> OperationAudited:
    """An operation of the values of its fields.

    Its own `__init__` asks for each field by name, which costs more than to read the message.
    """
    made = object.__new__(OperationAudited)
    for put, value in zip(_PUT, values, strict=True):
        put(made, value)
    return made


def _from_use(u: CoordinateUse) -> pb.OperationAudited.Use:
    return pb.OperationAudited.Use(
        coordinate=u.coordinate, use=u.use, decision=u.decision, rule=u.rule, tag=u.tag
    )


class OwnMembers(TypedDict, total=False):
    """What one operation says beside what it has in common with others.

    `use_counts` says how many values the uses of the common part were answered with, in their
    order, -1: not counted.
    """

    principal: str
    roles: Sequence[str]
    purpose: str
    reason: str
    subjects: Sequence[str]
    at: int
    outcome: str
    trace_id: str
    code: str
    role_set: str
    address: str
    token_id: str
    ticket: str
    break_glass: str
    details: Mapping[str, str]
    use_counts: Sequence[int]


def encoded_part(uses: Sequence[CoordinateUse], **members: Unpack[OwnMembers]) -> bytes:
    """The part of an entry that follows what is the same in many, with `uses` beside those."""
    message = pb.OperationAudited(**members)
    if uses:
        message.uses.extend(map(_from_use, uses))
    return message.SerializeToString()


def _counts(uses: Iterable[CoordinateUse]) -> list[int]:
    """One number for each use, -1 where it was not counted; nothing where none was."""
    counts = [-1 if use.objects is None else use.objects for use in uses]
    return counts if any(count >= 0 for count in counts) else []


class _OperationCodec(Codec):
    def __init__(self) -> None:
        super().__init__(pb.OperationAudited, _from_operation, _to_operation)
        self._uses = KnownUses()

    @override
    def read(self, message: pb.OperationAudited, data: bytes) -> OperationAudited:
        return _to_operation(message, self._uses.of(data, message))


OPERATION: Codec = _OperationCodec()


def _from_checkpoints(p: CheckpointsSigned) -> pb.CheckpointsSigned:
    return pb.CheckpointsSigned(notes=p.notes)


def _to_checkpoints(m: pb.CheckpointsSigned) -> CheckpointsSigned:
    return CheckpointsSigned(tuple(m.notes))


CHECKPOINTS = Codec(pb.CheckpointsSigned, _from_checkpoints, _to_checkpoints)
