"""Reads `segments:`: conditions of the one language, with a leaf of their own that counts events.

`{event: name, count: {at_least: 2, at_most: 5}, where: [{property: name, op: ..., value: ...}]}`;
without `count` at least one. What it counts is the segment service's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from c360_kernel.catalog import names
from c360_kernel.catalog.comparing import comparable
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names
from c360_kernel.catalog.model import EventType, SegmentDefinition, TraitType
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    count,
    faults,
    given_in,
    mapping,
    members,
    property_leaf,
    trait_leaf,
    unknown_fields,
    word,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The traits and events that a condition may name."""

    traits: dict[str, TraitType]
    events: Mapping[str, EventType]


def read_segments(section: Located, known: Vocabulary) -> dict[str, SegmentDefinition]:
    """`segments:`, each condition checked against the traits and events of the catalog."""
    entries = checked_names(section, names.SNAKE, "use snake_case")
    by_field: dict[str, str] = {}
    for name, at in entries.items():
        twin = by_field.setdefault(names.camel(name), name)
        if twin != name:
            at.complain(f"'{name}' and '{twin}' are the same name in GraphQL")
    return {name: _segment(name, at, known) for name, at in entries.items()}


def segment_faults(tree: object, known: Vocabulary) -> Faults:
    """What is wrong with the condition of a segment."""
    leaves = {"trait": trait_leaf(known.traits), "event": _event_leaf(known.events)}
    return faults(tree, leaves)


def _segment(name: str, at: Located, known: Vocabulary) -> SegmentDefinition:
    entry = Entry(at, ("title", "condition", "description"))
    condition = entry.required("condition")
    plain = condition.plain() if condition else {}
    if condition:
        for fault in segment_faults(plain, known):
            _located(condition, fault.path).complain(fault.message)
    return SegmentDefinition(
        name=name,
        condition=cast("Mapping[str, object]", _canonical(plain, known)),
        description=entry.text("description"),
        titles=entry.titles(),
    )


def checked_condition(
    given: Located, leaves: Mapping[str, LeafCheck], known: Vocabulary
) -> Mapping[str, object] | None:
    """A condition of these leaves, its texts in their one form; None where it has faults."""
    plain = given.plain()
    found = list(faults(plain, leaves))
    for fault in found:
        _located(given, fault.path).complain(fault.message)
    return None if found else cast("Mapping[str, object]", _canonical(plain, known))


def _located(condition: Located, path: Path) -> Located:
    found = condition
    for step in path:
        found = found.items()[step] if isinstance(step, int) else found.fields()[step]
    return found


def _canonical(tree: object, known: Vocabulary) -> object:
    """The condition with its texts in their one form, synonyms replaced by what they stand for."""
    if isinstance(tree, list):
        return [_canonical(one, known) for one in cast("list[object]", tree)]
    if not isinstance(tree, dict):
        return tree
    given = cast("dict[str, object]", tree)
    if "value" in given:
        trait = known.traits.get(str(given.get("trait", "")))
        return {**given, "value": comparable(given["value"], trait)}
    return {name: _canonical(one, known) for name, one in given.items()}


def _event_leaf(events: Mapping[str, EventType]) -> LeafCheck:
    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, ("event", "count", "where"), path)
        name = yield from word(fields, "event", events, "event", path)
        if given_in(fields, "count"):
            yield from _count(fields["count"], (*path, "count"))
        event = events.get(name or "")
        if event and given_in(fields, "where"):
            yield from _where(fields["where"], event, (*path, "where"))

    return check


def _where(value: object, event: EventType, path: Path) -> Faults:
    items = yield from members(value, path)
    for index, item in enumerate(items or ()):
        yield from _property(item, event, (*path, index))


def _property(value: object, event: EventType, path: Path) -> Iterator[Fault]:
    fields = yield from mapping(value, path)
    if fields is not None:
        yield from property_leaf(event.properties)(fields, path)


def _count(value: object, path: Path) -> Faults:
    fields = yield from mapping(value, path)
    if fields is None:
        return
    yield from unknown_fields(fields, ("at_least", "at_most"), path)
    least = yield from count(fields, "at_least", path)
    most = yield from count(fields, "at_most", path)
    if least is None and most is None:
        yield Fault(path, "needs 'at_least' or 'at_most'")
    elif least is not None and most is not None and least > most:
        yield Fault(path, "'at_least' is above 'at_most'")
