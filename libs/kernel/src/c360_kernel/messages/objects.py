"""What is said of objects, as a message."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.values import put_values, read_record, read_values
from c360_kernel.payload import ObjectUpserted


def _from_object(p: ObjectUpserted) -> pb.ObjectUpserted:
    message = pb.ObjectUpserted(
        source=p.record.source,
        key=p.record.key,
        type=p.type,
        observed_at=p.observed_at,
        deleted=p.deleted,
    )
    put_values(message.personal.properties, p.properties)
    return message


def _to_object(m: pb.ObjectUpserted) -> ObjectUpserted:
    values = read_values(m.personal.properties)
    return ObjectUpserted(read_record(m), m.type, m.observed_at, m.deleted, values)


OBJECT = Codec(pb.ObjectUpserted, _from_object, _to_object)
