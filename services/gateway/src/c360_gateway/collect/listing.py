"""Items of `listCustomers`: customers whom somebody puts on a list, or takes off it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.segment_lists import LIST_WRITER, list_tag
from c360_kernel.log.topics import TAGS
from c360_kernel.payload import RecordTagged, TagChange
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.collect.fields import flag_of, name_of, optional_name, record_of, sole_name_of
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Kind, Signature, Truth
from c360_gateway.collect.tagging import TAGGED_TYPE, end_of

_FIELDS = frozenset(("segment", "source", "key", "listed", "reason", "expiresAt", "messageId"))


def listing_kind(catalog: Catalog) -> Kind:
    """Items of `listCustomers`. Whoever may fill lists may name records of any source."""

    def read(item: RawItem, stamp_ms: int) -> RecordTagged:
        name, record = name_of(item, "segment"), record_of(item, catalog)
        is_listed = item.get("listed") is None or flag_of(item, "listed")
        ends = end_of(item, stamp_ms)
        change = TagChange(list_tag(name), True, ends or 0) if is_listed else _off(name)
        message_id = sole_name_of(item, "messageId") if item.get("messageId") is not None else ""
        reason = redacted(optional_name(item, "reason"))
        return RecordTagged(record, LIST_WRITER, (change,), reason=reason, message_id=message_id)

    return Kind(
        "listCustomers", TAGS, TAGGED_TYPE, _FIELDS, None, read, _name, _signed, is_of_source=False
    )


def _off(name: str) -> TagChange:
    return TagChange(list_tag(name), None)


def _name(payload: Truth) -> Hashable:
    said = cast("RecordTagged", payload)
    return (said.record, said.changes, said.message_id)


def _signed(payload: Truth, by: Signature) -> Truth:
    """Everybody writes as one, and each has names of messages of its own."""
    said = cast("RecordTagged", payload)
    message_id = said.message_id and f"{by.actor}/{said.message_id}"
    return replace(said, author=by.actor, message_id=message_id)
