"""Counts of events in filters on customers: how often one of the catalog happened, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import strawberry

from c360_kernel.catalog.model import Catalog, EventType
from c360_kernel.catalog.names import camel
from c360_kernel.conditions.facts import Counted, count_fact
from c360_kernel.conditions.operators import Operator
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.subgraph.catalog_types.descriptions import event_described
from c360_kernel.subgraph.catalog_types.fields import attribute
from c360_kernel.subgraph.catalog_types.filter_tests import FilterInvalid, input_class
from c360_kernel.subgraph.catalog_types.operators import operator_field
from c360_kernel.subgraph.scalars import DateTime, Long

EVENTS = "events"
"""The field of `CustomerFilter`."""
_DESCRIPTION = "How often events happened on the customer's records; all that are given must hold."
_COMPARED: Mapping[str, Operator] = {
    "equals": "equals",
    "at_least": "at_least",
    "at_most": "at_most",
}
_HAPPENED: tuple[Operator, int] = ("at_least", 1)
_NEVER: tuple[Operator, int] = ("equals", 0)


@strawberry.input(
    description="Tests of how often an event happened; all that are given must hold. With times"
    " alone: that it did."
)
class EventCountFilter:
    """GraphQL input."""

    equals: Long | None = operator_field("So many times.")
    at_least: Long | None = operator_field("So many times or more.")
    at_most: Long | None = operator_field("So many times or fewer, or never.")
    exists: bool | None = operator_field("True: it happened. False: it did not.")
    since: DateTime | None = operator_field("What happened before this does not count.", "from")
    until: DateTime | None = operator_field("What happened then or later does not count.", "to")


def events_filter(catalog: Catalog) -> type:
    """`EventsFilter`: an optional test per event, `order_completed` as `orderCompleted`."""
    given = {
        camel(one.name): (EventCountFilter, "", event_described(one))
        for one in catalog.events.values()
    }
    return strawberry.federation.input(input_class("EventsFilter", given), description=_DESCRIPTION)


def stated_counts(given: object, catalog: Catalog) -> Iterator[tuple[EventType, Any]]:
    """The events that an `EventsFilter` tests, each with its `EventCountFilter`."""
    for event in catalog.events.values():
        if test := getattr(given, attribute(camel(event.name))):
            yield event, test


def is_timed(test: Any) -> bool:  # noqa: ANN401 - Strawberry's own
    """Whether an `EventCountFilter` asks when events happened."""
    return bool(test.since is not strawberry.UNSET or test.until is not strawberry.UNSET)


def count_tests(given: object, catalog: Catalog) -> Iterator[ValueTest]:
    """The tests that an `EventsFilter` states.

    Raises `FilterInvalid` for a null operand, and for a time that ends before it begins.
    """
    for event, test in stated_counts(given, catalog):
        yield from _tests(event.name, camel(event.name), test)


def _tests(event: str, called: str, test: Any) -> Iterator[ValueTest]:  # noqa: ANN401
    said = {name: one for name, one in vars(test).items() if one is not strawberry.UNSET}
    if None in said.values():
        raise FilterInvalid(f"a test of '{called}' is null")
    since, until = said.get("since"), said.get("until")
    if since is not None and until is not None and until <= since:
        raise FilterInvalid(f"'to' of '{called}' is not after its 'from'")
    name = count_fact(Counted(event, since, until))
    compared: list[tuple[Operator, int]] = [
        (_COMPARED[one], number) for one, number in said.items() if one in _COMPARED
    ]
    if not compared or "exists" in said:
        compared.append(_HAPPENED if said.get("exists", True) else _NEVER)
    yield from (ValueTest(name, operator, number) for operator, number in compared)
