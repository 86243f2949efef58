"""A version of a segment that people made, as a message."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.payload import SegmentSaved


def _from_saved(p: SegmentSaved) -> pb.SegmentSaved:
    return pb.SegmentSaved(
        name=p.name,
        version=p.version,
        title=p.title,
        description=p.description,
        condition=p.condition,
        note=p.note,
        author=p.author,
        archived=p.archived,
    )


def _to_saved(m: pb.SegmentSaved) -> SegmentSaved:
    said = (m.name, m.version, m.title, m.description, m.condition, m.note, m.author)
    return SegmentSaved(*said, archived=m.archived)


SAVED = Codec(pb.SegmentSaved, _from_saved, _to_saved)
