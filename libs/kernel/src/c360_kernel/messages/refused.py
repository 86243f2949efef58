"""What was not taken, at the door or later, or not yet, as messages."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb

from c360_kernel.messages.codec import Codec
from c360_kernel.payload import DeliveryReceived, EntryDeadLettered, ItemQuarantined


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


def _from_delivery(p: DeliveryReceived) -> pb.DeliveryReceived:
    return pb.DeliveryReceived(
        connector=p.connector,
        delivery=p.delivery,
        at=p.at,
        personal=pb.DeliveryReceived.Personal(body=p.body),
    )


def _to_delivery(m: pb.DeliveryReceived) -> DeliveryReceived:
    return DeliveryReceived(m.connector, m.delivery, m.at, m.personal.body)


QUARANTINED = Codec(pb.ItemQuarantined, _from_quarantined, _to_quarantined)
DEAD_LETTER = Codec(pb.EntryDeadLettered, _from_dead_letter, _to_dead_letter)
DELIVERY = Codec(pb.DeliveryReceived, _from_delivery, _to_delivery)
