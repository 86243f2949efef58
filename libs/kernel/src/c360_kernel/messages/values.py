"""The parts that messages share: values, identifiers, keys and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from c360.events.v1 import events_pb2 as pb

from c360_kernel.payload import TagValue
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.version import Version


def put_values(
    target: Any,  # noqa: ANN401 - a protobuf map field has no nameable type
    values: Mapping[str, TraitValue],
) -> None:
    """Write values into a map field."""
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


def read_values(source: Mapping[str, pb.Value]) -> dict[str, TraitValue]:
    """The values of a map field; `ValueError` for one of no kind."""
    found: dict[str, TraitValue] = {}
    for name in source:
        value = source[name]
        if text := value.text:
            # Most are texts: one question less for each.
            found[name] = text
            continue
        kind = value.WhichOneof("kind")
        if kind is None:
            raise ValueError("a value without a kind")
        found[name] = getattr(value, kind) if kind != "texts" else tuple(value.texts.items)
    return found


def read_tag_values(source: Mapping[str, pb.Value]) -> dict[str, TagValue]:
    """The values of tags in a map field; `ValueError` for one that no tag has."""
    found: dict[str, TagValue] = {}
    for name, value in read_values(source).items():
        if isinstance(value, float | tuple):
            raise ValueError("a value that no tag has")  # noqa: TRY004 - of a message that is none
        found[name] = value
    return found


def scale_of(is_own: bool) -> pb.RevisionScale:
    """The scale of a revision: the source's own, or a time."""
    return pb.REVISION_SCALE_SOURCE if is_own else pb.REVISION_SCALE_TIME


def mode_of(named: tuple[str, ...] | None) -> pb.RecordMode:
    """How much of a record is said: all of it, or the parts that are named."""
    return pb.RECORD_MODE_UPSERT if named is None else pb.RECORD_MODE_PATCH


def read_named(m: pb.RecordUpserted | pb.AccountUpserted) -> tuple[str, ...] | None:
    """The parts that a patch names; None of a whole state."""
    return tuple(m.named) if m.mode == pb.RECORD_MODE_PATCH else None


def put_identifiers(
    target: Any,  # noqa: ANN401 - a repeated field has no nameable type
    identifiers: tuple[Identifier, ...],
) -> None:
    """Write identifiers into a repeated field."""
    for identifier in identifiers:
        target.add(type=identifier.type, value=identifier.value)


def read_identifiers(source: Any) -> tuple[Identifier, ...]:  # noqa: ANN401 - a repeated field
    """The identifiers of a repeated field."""
    return tuple([Identifier(item.type, item.value) for item in source])


def read_record(message: Any) -> RecordKey:  # noqa: ANN401 - every message with source and key
    """The record that a message is about."""
    return RecordKey(message.source, message.key)


def version_message(version: Version) -> pb.Version:
    """A version as its message."""
    return pb.Version(epoch=version.epoch, counter=version.counter)


def read_version(version: pb.Version) -> Version:
    """The version that a message holds."""
    return Version(version.epoch, version.counter)
