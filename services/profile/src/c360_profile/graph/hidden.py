"""Refuses filters that ask, by what stands for more, for what the caller may not filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.names import object_types, pascal
from c360_kernel.catalog.reads import coordinates_read, named_by
from c360_kernel.conditions.facts import Acting, acting_by
from c360_kernel.conditions.tree import EVERYBODY, ValueCondition, leaves
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.catalog_types import events_in, is_timed, segments_in
from c360_kernel.visibility import ACCOUNT_FILTER, ACCOUNT_TRAITS, FILTER, PROFILE, TIMELINE

from c360_profile.graph.context import Info


def refuse_hidden_segments(info: Info, given: object, catalog: Catalog) -> None:
    """Raises `Invalid` for a segment that tests what the caller may not read or filter by."""
    used = info.context.caller.visibility.used
    for segment in () if given is None else segments_in(given, catalog):
        read = coordinates_read(segment.condition, catalog)
        compared = {one.replace(f"{PROFILE}.", f"{FILTER}.", 1) for one in read}
        for one in map(catalog.referred_traits.get, named_by(segment.condition, "trait")):
            if one is not None:
                compared |= {f"{type_}.{one.seen.name}" for type_ in object_types(one.by.refers)}
        if not used.issuperset(read | compared):
            message = "a segment of the filter tests what you may not filter by"
            raise Invalid(message, code="ARGUMENT_DENIED")


def refuse_hidden_events(info: Info, given: object, catalog: Catalog) -> None:
    """Raises `Invalid` for an event that the caller may not read, or not when it happened."""
    used = info.context.caller.visibility.used
    for event, test in () if given is None else events_in(given, catalog):
        shown = ("name", "occurredAt") if is_timed(test) else ("name",)
        if not used.issuperset((TIMELINE, *(f"{pascal(event.name)}.{one}" for one in shown))):
            message = "an event of the filter is one that you may not count"
            raise Invalid(message, code="ARGUMENT_DENIED")


def refuse_hidden_accounts(info: Info, asked: ValueCondition, catalog: Catalog) -> None:
    """Raises `Invalid` for what is asked of accounts, if the caller may not read it there, or not
    filter by it; and for all of it, if the caller is told of some customers alone."""
    used = info.context.caller.told.used
    for acting in filter(None, (acting_by(test.name) for test in leaves(asked))):
        read = coordinates_read(_leaf(acting), catalog)
        tested = leaves(acting.where or EVERYBODY)
        compared = {f"{ACCOUNT_FILTER}.{test.name}" for test in tested}
        if not used.issuperset(read | compared | _naming(acting)):
            message = "the filter asks of accounts what you may not filter by"
            raise Invalid(message, code="ARGUMENT_DENIED")


def _leaf(acting: Acting) -> Mapping[str, Any]:
    """The condition of a segment that reads the same."""
    tested = [{"trait": test.name} for test in leaves(acting.where or EVERYBODY)]
    said = {"kind": acting.kind, "role": acting.role}
    return {"account": {**{k: v for k, v in said.items() if v}, "where": {"all": tested}}}


def _naming(acting: Acting) -> frozenset[str]:
    """What shows the account that is asked for, if one is."""
    is_one = acting.account or acting.record
    return frozenset(ACCOUNT_TRAITS[:1] if is_one else ())
