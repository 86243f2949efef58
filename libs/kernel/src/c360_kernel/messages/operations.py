"""What was done at the gateway, as a message."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.payload import CoordinateUse, OperationAudited


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


OPERATION = Codec(pb.OperationAudited, _from_operation, _to_operation)
