"""Checks what a source sends against the catalog: typed values, and every problem by its path.

Problems name traits, types and sources, never a value. A value of null says
that there is none, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog, PropertyType, TraitType
from c360_kernel.catalog.text import clean
from c360_kernel.nearest import did_you_mean
from c360_kernel.record import Identifier, TraitValue
from c360_kernel.value_object import value_object
from c360_kernel.value_types import TypeMismatch, ValueType, is_above, typed

UNKNOWN_TRAIT = "UNKNOWN_TRAIT"
TRAIT_TYPE = "TRAIT_TYPE"
TRAIT_PATTERN = "TRAIT_PATTERN"
TRAIT_CHOICE = "TRAIT_CHOICE"
TRAIT_RANGE = "TRAIT_RANGE"
TRAIT_LENGTH = "TRAIT_LENGTH"
UNKNOWN_EVENT = "UNKNOWN_EVENT"
UNKNOWN_PROPERTY = "UNKNOWN_PROPERTY"
PROPERTY_TYPE = "PROPERTY_TYPE"
UNKNOWN_OBJECT = "UNKNOWN_OBJECT"
UNKNOWN_IDENTIFIER = "UNKNOWN_IDENTIFIER"
IDENTIFIER_TYPE = "IDENTIFIER_TYPE"
UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
UNKNOWN_PURPOSE = "UNKNOWN_PURPOSE"

_CACHED_PATTERNS = 1024
_LONGEST_NAME_SHOWN = 64


class ValueProblem(NamedTuple):
    """One thing wrong with an item: stable code, path within the item, message without values."""

    code: str
    path: str
    message: str


_Answer = TraitValue | ValueProblem | None
"""A typed value, what is wrong with it, or that there is none."""


@value_object
class CheckedValues:
    """Typed values by name, and what was wrong with the others."""

    values: Mapping[str, TraitValue]
    problems: tuple[ValueProblem, ...]


@value_object
class CheckedIdentifiers:
    """Identifiers of known types, raw as sent, and what was wrong with the others."""

    identifiers: tuple[Identifier, ...]
    problems: tuple[ValueProblem, ...]


def check_traits(
    catalog: Catalog, raw: Mapping[str, object], path: str = "traits"
) -> CheckedValues:
    """The traits of one record."""

    def read(name: str, given: object, here: str) -> _Answer:
        trait = catalog.traits.get(name)
        if trait is None:
            return unknown_name(UNKNOWN_TRAIT, "trait", name, catalog.traits, here)
        value = _typed(given, trait.type, TRAIT_TYPE, here)
        if value is None or isinstance(value, ValueProblem):
            return value
        return _ruled(trait, value, here)

    return _checked(raw, path, read)


def check_properties(
    catalog: Catalog, event: str, raw: Mapping[str, object], path: str = "properties"
) -> CheckedValues:
    """The properties of one event; an unknown event is a problem at `name`."""
    type_ = catalog.events.get(event)
    if type_ is None:
        problem = unknown_name(UNKNOWN_EVENT, "event", event, catalog.events, "name")
        return CheckedValues({}, (problem,))
    return _properties(event, type_.properties, raw, path)


def check_object(
    catalog: Catalog, object_: str, raw: Mapping[str, object], path: str = "properties"
) -> CheckedValues:
    """The properties of one object; an unknown type of object is a problem at `type`."""
    type_ = catalog.objects.get(object_)
    if type_ is None:
        problem = unknown_name(UNKNOWN_OBJECT, "object", object_, catalog.objects, "type")
        return CheckedValues({}, (problem,))
    return _properties(object_, type_.properties, raw, path)


def _properties(
    of: str, known: Mapping[str, PropertyType], raw: Mapping[str, object], path: str
) -> CheckedValues:
    def read(name: str, given: object, here: str) -> _Answer:
        if name not in known:
            return unknown_name(UNKNOWN_PROPERTY, f"property of {of}", name, known, here)
        return _typed(given, known[name].type, PROPERTY_TYPE, here)

    return _checked(raw, path, read)


def _checked(
    raw: Mapping[str, object],
    path: str,
    read: Callable[[str, object, str], _Answer],
) -> CheckedValues:
    values: dict[str, TraitValue] = {}
    problems: list[ValueProblem] = []
    for name, given in raw.items():
        answer = read(name, given, f"{path}.{name}")
        if isinstance(answer, ValueProblem):
            problems.append(answer)
        elif answer is not None:
            values[name] = answer
    return CheckedValues(values, tuple(problems))


def _typed(given: object, type_: ValueType, code: str, path: str) -> _Answer:
    try:
        return None if given is None else _cleaned(typed(given, type_))
    except TypeMismatch as mismatch:
        return ValueProblem(code, path, mismatch.message)


def _cleaned(value: TraitValue) -> TraitValue | None:
    """Text in its one form; nothing but invisible characters is no value."""
    if isinstance(value, str):
        return clean(value) or None if value.strip() else value
    if isinstance(value, tuple):
        return tuple(text for one in value if (text := clean(one)))
    return value


def check_identifiers(
    catalog: Catalog, raw: Iterable[tuple[str, object]], path: str = "identifiers"
) -> CheckedIdentifiers:
    """Identifiers as (type, value) pairs. Whether a value can link is for the projections."""
    identifiers: list[Identifier] = []
    problems: list[ValueProblem] = []
    for index, (type_, value) in enumerate(raw):
        here = f"{path}[{index}]"
        known = catalog.written_identifiers
        if type_ not in known:
            what = "identifier type"
            problems.append(unknown_name(UNKNOWN_IDENTIFIER, what, type_, known, f"{here}.type"))
        elif value is not None:
            try:
                identifiers.append(Identifier(type_, str(typed(value, "string"))))
            except TypeMismatch as mismatch:
                problems.append(ValueProblem(IDENTIFIER_TYPE, f"{here}.value", mismatch.message))
    return CheckedIdentifiers(tuple(identifiers), tuple(problems))


def trait_identifiers(catalog: Catalog, traits: Mapping[str, TraitValue]) -> tuple[Identifier, ...]:
    """The identifiers that typed traits observe besides: one for each text of such a trait."""
    found: list[Identifier] = []
    for name, value in traits.items():
        type_ = catalog.traits[name].identifier
        if type_ is not None:
            texts = value if isinstance(value, tuple) else (str(value),)
            found.extend(Identifier(type_, text) for text in texts)
    return tuple(found)


def check_source(catalog: Catalog, source: str, path: str = "source") -> ValueProblem | None:
    """The problem with a source's name, if any."""
    if source in catalog.sources:
        return None
    return unknown_name(UNKNOWN_SOURCE, "source", source, catalog.sources, path)


def check_purpose(catalog: Catalog, purpose: str, path: str = "purpose") -> ValueProblem | None:
    """The problem with a purpose's name, if any."""
    if purpose in catalog.purposes:
        return None
    return unknown_name(UNKNOWN_PURPOSE, "purpose", purpose, catalog.purposes, path)


def unknown_name(
    code: str, what: str, name: str, known: Collection[str], path: str
) -> ValueProblem:
    """A name that the catalog does not have, with the nearest that it has."""
    shown = name[:_LONGEST_NAME_SHOWN]
    return ValueProblem(code, path, f"unknown {what} '{shown}'{did_you_mean(shown, known)}")


def keeps_rules(trait: TraitType, value: TraitValue) -> bool:
    """Whether a value of the trait's type is within its pattern, choices and bounds."""
    return not trait.is_ruled or not isinstance(_ruled(trait, value, ""), ValueProblem)


def _ruled(trait: TraitType, value: TraitValue, path: str) -> TraitValue | ValueProblem:
    canonical = trait.canonical(value)
    texts = canonical if isinstance(canonical, tuple) else (canonical,)
    if trait.pattern and not all(_matches(trait.pattern, str(text)) for text in texts):
        return ValueProblem(TRAIT_PATTERN, path, f"does not match the pattern of '{trait.name}'")
    if trait.choices and not all(text in trait.choices for text in texts):
        return ValueProblem(TRAIT_CHOICE, path, f"is none of {', '.join(trait.choices)}")
    if trait.longest is not None and any(len(str(text)) > trait.longest for text in texts):
        return ValueProblem(TRAIT_LENGTH, path, f"has more than {trait.longest} characters")
    if is_above(trait.minimum, value) or is_above(value, trait.maximum):
        return ValueProblem(TRAIT_RANGE, path, _range_of(trait))
    return value


def _range_of(trait: TraitType) -> str:
    low = f"at least {_shown(trait.minimum)}" if trait.minimum is not None else ""
    high = f"at most {_shown(trait.maximum)}" if trait.maximum is not None else ""
    return "must be " + " and ".join(part for part in (low, high) if part)


def _shown(bound: float | str) -> str:
    return bound if isinstance(bound, str) else f"{bound:g}"


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=_CACHED_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
