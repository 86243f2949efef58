"""Items of `tagCustomers`: tags that somebody puts on the customer of a record, or takes off."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import cast

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.tag_values import CheckedTags, check_tags
from c360_kernel.log.topics import TAGS
from c360_kernel.payload import RecordTagged, TagChange
from c360_policy.mask.free_text.finding import redacted

from c360_gateway.collect.fields import (
    FIELD_MISSING,
    Refused,
    instant_of,
    name_of,
    record_of,
    refuse_first,
    sole_name_of,
    values_of,
)
from c360_gateway.collect.items import RawItem, Refusal
from c360_gateway.collect.kinds import Kind, Signature, Truth

TAG_ENDED = "TAG_ENDED"
TAG_BY_RULE = "TAG_BY_RULE"
TAGGED_TYPE = "c360.record.tagged.v1"
_FIELDS = frozenset(("source", "key", "tags", "reason", "expiresAt", "messageId"))
_DAY_MS = 86_400_000


def tag_kind(catalog: Catalog) -> Kind:
    """Items of `tagCustomers`. Whoever may tag may tag records of any source."""

    def read(item: RawItem, stamp_ms: int) -> RecordTagged:
        record = record_of(item, catalog)
        given = values_of(item, "tags")
        if not given:
            raise Refused(FIELD_MISSING, "tags", "tags is missing: nothing is said of any")
        checked = check_tags(catalog, given)
        refuse_first(checked.problems)
        ends = end_of(item, stamp_ms)
        changes = tuple(sorted(_changes(catalog, checked, ends, stamp_ms)))
        message_id = sole_name_of(item, "messageId") if item.get("messageId") is not None else ""
        reason = redacted(name_of(item, "reason"))
        return RecordTagged(record, "", changes, reason=reason, message_id=message_id)

    return Kind(
        "tagCustomers", TAGS, TAGGED_TYPE, _FIELDS, None, read, _name, _signed, is_of_source=False
    )


def end_of(item: RawItem, now_ms: int) -> int | None:
    """Until when the tags hold (ms UTC); None where it is not said."""
    ends = instant_of(item, "expiresAt")
    if ends is not None and ends <= now_ms:
        raise Refused(TAG_ENDED, "expiresAt", "expiresAt is over: the tags would never hold")
    return ends


def by_rule(tag: str) -> Refusal:
    """Why a tag cannot be taken off that a rule gives, and nobody says."""
    message = "a rule of the catalog gives this tag, and nobody says it: it goes with the rule"
    return Refusal(TAG_BY_RULE, f"tags.{tag}", message)


def _changes(
    catalog: Catalog, checked: CheckedTags, ends: int | None, now_ms: int
) -> Iterator[TagChange]:
    for name, value in checked.values.items():
        if value is None:
            yield TagChange(name, None)
            continue
        days = catalog.tags[name].lifetime_days
        default = 0 if days is None else now_ms + days * _DAY_MS
        yield TagChange(name, value, default if ends is None else ends)


def _name(payload: Truth) -> Hashable:
    said = cast("RecordTagged", payload)
    return (said.record, said.changes, said.message_id)


def _signed(payload: Truth, by: Signature) -> Truth:
    return replace(cast("RecordTagged", payload), writer=by.actor, author=by.actor)
