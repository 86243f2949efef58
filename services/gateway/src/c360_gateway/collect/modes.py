"""Whether an item of a record says all of it, or only what it names."""

from __future__ import annotations

from c360_kernel.catalog.model import Catalog
from c360_kernel.record_parts import identifiers_part, trait_part

from c360_gateway.collect.fields import (
    FIELD_TYPE,
    Refused,
    identifier_types_of,
    optional_name,
    values_of,
)
from c360_gateway.collect.items import RawItem, RecordMode


def parts_named(item: RawItem, catalog: Catalog) -> tuple[str, ...] | None:
    """The parts that a patch names, in one order; None of an item that is a whole state.

    A value of null names a trait, or the identifiers of a type, and so removes them.
    """
    mode = optional_name(item, "mode").upper() or RecordMode.UPSERT.name
    if mode not in RecordMode.__members__:
        raise Refused(FIELD_TYPE, "mode", f"mode is {' or '.join(RecordMode.__members__)}")
    if mode == RecordMode.UPSERT.name:
        return None
    traits = map(trait_part, values_of(item, "traits"))
    identifiers = map(identifiers_part, identifier_types_of(item, catalog))
    return tuple(sorted((*traits, *identifiers)))
