"""What was not taken, at the door or later, as messages."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.payload import EntryDeadLettered, ItemQuarantined


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


QUARANTINED = Codec(pb.ItemQuarantined, _from_quarantined, _to_quarantined)
DEAD_LETTER = Codec(pb.EntryDeadLettered, _from_dead_letter, _to_dead_letter)
