"""What is said of tags, as a message."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.messages.values import put_values, read_record, read_tag_values
from c360_kernel.payload import RecordTagged, TagChange


def _from_tagged(p: RecordTagged) -> pb.RecordTagged:
    message = pb.RecordTagged(
        source=p.record.source,
        key=p.record.key,
        writer=p.writer,
        author=p.author,
        message_id=p.message_id,
        removed=[one.tag for one in p.changes if one.value is None],
        expires_at={one.tag: one.expires_at for one in p.changes if one.expires_at},
    )
    added = {one.tag: one.value for one in p.changes if one.value is not None}
    put_values(message.personal.added, added)
    if p.reason:
        message.personal.reason = p.reason
    return message


def _to_tagged(m: pb.RecordTagged) -> RecordTagged:
    added = read_tag_values(m.personal.added)
    ends = dict(m.expires_at)
    changes = [TagChange(tag, value, ends.get(tag, 0)) for tag, value in added.items()]
    changes += [TagChange(tag, None) for tag in m.removed]
    said = (m.author, m.personal.reason, m.message_id)
    return RecordTagged(read_record(m), m.writer, tuple(sorted(changes)), *said)


TAGGED = Codec(pb.RecordTagged, _from_tagged, _to_tagged)
