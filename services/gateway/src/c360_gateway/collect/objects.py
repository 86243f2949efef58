"""Items of `upsertObjects`: what is no person, and what events refer to."""

from __future__ import annotations

from collections.abc import Hashable

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import check_object
from c360_kernel.log.topics import OBJECTS
from c360_kernel.payload import ObjectUpserted

from c360_gateway.collect.fields import (
    FIELD_TYPE,
    Refused,
    flag_of,
    name_of,
    record_of,
    refuse_first,
    values_of,
)
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Kind, Truth
from c360_gateway.collect.times import DEFAULT_SKEW_MS, past_instant_of

_FIELDS = frozenset(("source", "type", "key", "observedAt", "deleted", "properties"))


def object_kind(catalog: Catalog, skew_ms: int = DEFAULT_SKEW_MS) -> Kind:
    """Items of `upsertObjects`: the whole state of each object."""

    def read(item: RawItem, stamp_ms: int) -> ObjectUpserted:
        record = record_of(item, catalog)
        type_ = name_of(item, "type")
        observed = past_instant_of(item, "observedAt", stamp_ms, skew_ms)
        deleted = flag_of(item, "deleted")
        properties = check_object(catalog, type_, values_of(item, "properties"))
        refuse_first(properties.problems)
        if deleted and properties.values:
            raise Refused(FIELD_TYPE, "deleted", "a deleted object has no properties")
        when = stamp_ms if observed is None else observed
        return ObjectUpserted(record, type_, when, deleted, properties.values)

    return Kind(
        "upsertObjects", OBJECTS, "c360.object.upserted.v1", _FIELDS, "observedAt", read, _whole
    )


def _whole(payload: Truth) -> Hashable:
    """Whatever is equal in every part says the same once more."""
    if not isinstance(payload, ObjectUpserted):
        return payload
    said = payload.record, payload.type, payload.observed_at, payload.deleted
    return (*said, tuple(sorted(payload.properties.items())))
