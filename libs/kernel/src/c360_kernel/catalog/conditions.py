"""Checks the condition tree of a segment; what a condition means is the segment service's.

A condition is a mapping of one of these forms:

- `{all: [...]}`, `{any: [...]}`, `{not: ...}`
- `{trait: name, op: ..., value: ...}`
- `{event: name, count: {at_least: 2, at_most: 5}, where: [{property: name, op: ..., value: ...}]}`;
  without `count` at least one
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names
from c360_kernel.catalog.model import EventType, SegmentDefinition, TraitType
from c360_kernel.catalog.sections import VALUE_TYPES
from c360_kernel.catalog.text import unified
from c360_kernel.value_types import TypeMismatch, ValueType, typed

ORDERED: frozenset[ValueType] = frozenset({"int", "float", "date", "datetime"})
TEXTUAL: frozenset[ValueType] = frozenset({"string"})
LISTS: frozenset[ValueType] = frozenset({"strings"})
ANY: frozenset[ValueType] = frozenset(VALUE_TYPES)

OPERATORS: Mapping[str, frozenset[ValueType]] = {
    "equals": ANY,
    "not_equals": ANY,
    "in": ANY - LISTS,
    "greater_than": ORDERED,
    "at_least": ORDERED,
    "less_than": ORDERED,
    "at_most": ORDERED,
    "exists": ANY,
    "missing": ANY,
    "contains": TEXTUAL | LISTS,
    "starts_with": TEXTUAL,
}
"""Every operator with the value types that it can be asked of."""

WITHOUT_VALUE = frozenset({"exists", "missing"})
_FORMS = ("all", "any", "not", "trait", "event")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The traits and events that a condition may name."""

    traits: Mapping[str, TraitType]
    events: Mapping[str, EventType]


def read_segments(section: Located, known: Vocabulary) -> dict[str, SegmentDefinition]:
    """`segments:`, each condition checked against the traits and events of the catalog."""
    entries = checked_names(section, names.SNAKE, "use snake_case")
    return {name: _segment(name, at, known) for name, at in entries.items()}


def _segment(name: str, at: Located, known: Vocabulary) -> SegmentDefinition:
    entry = Entry(at, ("title", "condition", "description"))
    condition = entry.required("condition")
    if condition:
        _check(condition, known)
    plain = _canonical(condition.plain(), known) if condition else {}
    return SegmentDefinition(
        name=name,
        condition=cast("Mapping[str, object]", plain),
        description=entry.text("description"),
        titles=entry.titles(),
    )


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


def comparable(operand: object, trait: TraitType | None) -> object:
    """What is compared with stored values, in the form in which these are stored."""
    if isinstance(operand, list):
        return [comparable(one, trait) for one in cast("list[object]", operand)]
    if not isinstance(operand, str):
        return operand
    text = unified(operand)
    return trait.canonical(text) if trait else text


def _check(at: Located, known: Vocabulary) -> None:
    given = at.fields()
    forms = [form for form in _FORMS if form in given]
    if len(forms) != 1:
        at.complain(f"a condition has exactly one of {', '.join(_FORMS)}")
    elif forms[0] in ("all", "any"):
        _check_list(Entry(at, (forms[0],)).given[forms[0]], known)
    elif forms[0] == "not":
        _check(Entry(at, ("not",)).given["not"], known)
    elif forms[0] == "trait":
        _check_trait(at, known)
    else:
        _check_event(at, known)


def _check_list(at: Located, known: Vocabulary) -> None:
    items = at.items()
    if not items:
        at.complain("needs at least one condition")
    for item in items:
        _check(item, known)


def _check_trait(at: Located, known: Vocabulary) -> None:
    entry = Entry(at, ("trait", "op", "value"))
    name = entry.choice("trait", known.traits, "trait")
    trait = known.traits.get(name or "")
    _check_comparison(entry, trait.type if trait else None)
    if trait and trait.choices and entry.given.get("op") and entry.has("value"):
        _check_choice(entry.given["value"], trait)


def _check_choice(value: Located, trait: TraitType) -> None:
    plain = value.plain()
    for word in plain if isinstance(plain, list) else [plain]:
        if word not in trait.choices:
            value.complain(f"'{word}' is not a choice of '{trait.name}'")


def _check_comparison(entry: Entry, type_: ValueType | None) -> None:
    op = entry.choice("op", OPERATORS, "operator")
    if op is None or op not in OPERATORS:
        return
    if type_ is not None and type_ not in OPERATORS[op]:
        entry.given["op"].complain(f"'{op}' cannot be asked of type '{type_}'")
    elif op in WITHOUT_VALUE:
        if "value" in entry.given:
            entry.given["value"].complain(f"'{op}' takes no value")
    elif (value := entry.required("value")) and type_ is not None:
        _check_value(value, op, type_)


def _check_value(value: Located, op: str, type_: ValueType) -> None:
    if op == "in":
        for item in value.items():
            _check_typed(item, type_)
    elif op == "contains":
        _check_typed(value, "string")
    else:
        _check_typed(value, type_)


def _check_typed(value: Located, type_: ValueType) -> None:
    try:
        typed(value.plain(), type_)
    except TypeMismatch as mismatch:
        value.complain(mismatch.message)


def _check_event(at: Located, known: Vocabulary) -> None:
    entry = Entry(at, ("event", "count", "where"))
    name = entry.choice("event", known.events, "event")
    if entry.has("count"):
        _check_count(entry.given["count"])
    event = known.events.get(name or "")
    if event and entry.has("where"):
        for item in entry.given["where"].items():
            _check_property(item, event)


def _check_property(at: Located, event: EventType) -> None:
    entry = Entry(at, ("property", "op", "value"))
    name = entry.choice("property", event.properties, "property")
    known = event.properties.get(name or "")
    _check_comparison(entry, known.type if known else None)


def _check_count(at: Located) -> None:
    entry = Entry(at, ("at_least", "at_most"))
    least, most = entry.integer("at_least", 0), entry.integer("at_most", 0)
    if least is None and most is None:
        at.complain("needs 'at_least' or 'at_most'")
    elif least is not None and most is not None and least > most:
        at.complain("'at_least' is above 'at_most'")
