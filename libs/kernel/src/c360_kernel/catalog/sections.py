"""Reads the flat sections of a catalog: what each entry may say and must say."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import cast, get_args

from c360_kernel.catalog import names
from c360_kernel.catalog.derived import complete_derived
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names, one_of, pattern
from c360_kernel.catalog.gazetteers import Gazetteer, column_of
from c360_kernel.catalog.model import (
    MOST_TRUST,
    QUALITY_MEASURES,
    EventType,
    IdentifierType,
    ObjectType,
    PropertyType,
    Purpose,
    Source,
    Survivorship,
    TraitType,
)
from c360_kernel.catalog.references import (
    NO_OBJECTS,
    referred_by,
    refuse_shadowed,
    with_reference,
)
from c360_kernel.catalog.standard_words import is_word, standard_words
from c360_kernel.corrections import STEWARD
from c360_kernel.payload import LEGAL_BASES
from c360_kernel.value_types import TypeMismatch, ValueType, is_above, parse_date

VALUE_TYPES: tuple[ValueType, ...] = get_args(ValueType)
SURVIVORSHIPS: tuple[Survivorship, ...] = get_args(Survivorship)
DEFAULT_REGION = "CN"
DEFAULT_SURVIVORSHIP: Survivorship = "latest"
DEFAULT_BASIS = "consent"
_REGION = re.compile("[A-Z]{2}")


def read_identifiers(
    section: Located,
    normalizers: Collection[str],
    blocked: tuple[str, ...],
    tags: Collection[str],
) -> dict[str, IdentifierType]:
    """`identifiers:`, each with the patterns blocked everywhere and its own."""
    entries = checked_names(section, names.SNAKE, "use snake_case")
    found = {
        name: _identifier(name, at, normalizers, blocked, tags) for name, at in entries.items()
    }
    return complete_derived(found, entries)


_IDENTIFIER_FIELDS = (
    "normalizer", "tier", "limit", "fan", "tag", "blocked", "title", "description", "separates",
    "personal", "derivedFrom",
)  # fmt: skip


def _identifier(
    name: str,
    at: Located,
    normalizers: Collection[str],
    blocked: tuple[str, ...],
    tags: Collection[str],
) -> IdentifierType:
    entry = Entry(at, _IDENTIFIER_FIELDS)
    entry.required("tier")
    return IdentifierType(
        name=name,
        normalizer=entry.choice("normalizer", normalizers, "normalizer") or "",
        tier=entry.integer("tier", 0) or 0,
        limit=entry.integer("limit", 1),
        fan=entry.integer("fan", 1),
        tag=entry.tag(tags),
        blocked=blocked + entry.patterns("blocked"),
        description=entry.text("description"),
        separates=entry.boolean("separates", default=False),
        personal=entry.boolean("personal", default=True),
        titles=entry.titles(),
        derived_from=entry.text("derivedFrom"),
    )


def read_traits(
    section: Located,
    identifiers: Collection[str],
    tags: Collection[str],
    gazetteers: Mapping[str, Gazetteer],
    objects: Mapping[str, ObjectType] | None = None,
) -> dict[str, TraitType]:
    """`traits:`. None of what has no objects (None) refers to one."""
    entries = checked_names(
        section, names.CAMEL, "use lowerCamelCase", taken=names.TRAIT_NAMES_TAKEN
    )
    found: dict[str, TraitType] = {}
    for name, at in entries.items():
        entry = Entry(at, _TRAIT_FIELDS if objects is None else (*_TRAIT_FIELDS, "refers", "as"))
        known = _trait(name, entry, identifiers, tags, gazetteers)
        found[name] = known if objects is None else with_reference(entry, known, objects)
    return found


_TRAIT_FIELDS = (
    "type", "tag", "survivorship", "identifier", "pattern", "choices", "minimum", "maximum",
    "longest", "synonyms", "title", "description", "rowRule", "ignoreEmpty", "onlyIfValid",
    "quality", "gazetteer", "words",
)  # fmt: skip


def _trait(
    name: str,
    entry: Entry,
    identifiers: Collection[str],
    tags: Collection[str],
    gazetteers: Mapping[str, Gazetteer],
) -> TraitType:
    type_ = _value_type(entry)
    if _known_type(entry):
        _complain_of_misfits(entry, type_)
    return TraitType(
        name=name,
        type=type_,
        tag=entry.tag(tags),
        survivorship=_survivorship(entry, type_),
        identifier=(
            entry.choice("identifier", identifiers, "identifier")
            if entry.has("identifier")
            else None
        ),
        pattern=pattern(entry.given["pattern"]) if entry.has("pattern") else None,
        choices=entry.texts("choices"),
        minimum=_bound(entry, "minimum", type_),
        maximum=_bound(entry, "maximum", type_),
        longest=entry.integer("longest", 1),
        description=entry.text("description"),
        synonyms=_synonyms(entry, gazetteers),
        words=_words(entry, gazetteers),
        titles=entry.titles(),
        row_rule=entry.boolean("rowRule", default=False),
        ignore_empty=entry.boolean("ignoreEmpty", default=True),
        only_if_valid=entry.boolean("onlyIfValid", default=False),
        quality=_quality(entry.given["quality"]) if entry.has("quality") else {},
    )


def _synonyms(entry: Entry, gazetteers: Mapping[str, Gazetteer]) -> Mapping[str, str]:
    """Its own spellings, which go before those of a list."""
    own, shared = entry.synonyms("synonyms"), _column(entry, "gazetteer", gazetteers)
    if not shared:
        return own
    meant = {spelling: own.get(value, value) for spelling, value in shared.items()}
    return {**meant, **{one: one for one in own.values()}, **own}


def _column(entry: Entry, field: str, gazetteers: Mapping[str, Gazetteer]) -> Mapping[str, str]:
    return column_of(entry.given[field], gazetteers) if entry.has(field) else {}


def _words(entry: Entry, gazetteers: Mapping[str, Gazetteer]) -> Mapping[str, str]:
    """The spellings of single words, with or without a full stop behind them."""
    found = _column(entry, "words", gazetteers)
    for spelling, value in found.items():
        if not is_word(spelling) or not all(map(is_word, value.split())):
            entry.given["words"].complain(f"'{spelling}' or what it stands for is no word")
        elif standard_words(value, found) != value:
            entry.given["words"].complain(f"'{value}' has words that stand for others")
    return found


def _quality(given: Located) -> dict[str, float]:
    """The bounds of measures: shares from 0 to 1."""
    entry, bounds = Entry(given, QUALITY_MEASURES), dict[str, float]()
    for name in QUALITY_MEASURES:
        if (bound := entry.number(name)) is None:
            continue
        if not 0 <= bound <= 1:
            entry.given[name].complain("must be from 0 to 1")
        bounds[name] = bound
    return bounds


def _value_type(entry: Entry) -> ValueType:
    """The type, or text in place of one that was complained of."""
    entry.choice("type", VALUE_TYPES, "type")
    return _known_type(entry) or "string"


def _known_type(entry: Entry) -> ValueType | None:
    given = entry.given["type"].plain() if entry.has("type") else None
    return given if given in VALUE_TYPES else None


def _survivorship(entry: Entry, type_: ValueType) -> Survivorship:
    if not entry.has("survivorship"):
        return DEFAULT_SURVIVORSHIP
    rule = entry.choice("survivorship", SURVIVORSHIPS, "survivorship") or DEFAULT_SURVIVORSHIP
    types = _RULES_FOR.get(rule, (type_,))
    if type_ not in types:
        needed = " or ".join(f"'{one}'" for one in types)
        entry.given["survivorship"].complain(f"'{rule}' needs type {needed}, this is '{type_}'")
    return cast(Survivorship, rule)


_ORDERED: tuple[ValueType, ...] = ("int", "float", "date", "datetime")
_RULES_FOR: Mapping[str, tuple[ValueType, ...]] = {
    "union": ("strings",),
    "longest": ("string", "strings"),
    "maximum": _ORDERED,
    "minimum": _ORDERED,
}
_ONLY_FOR: Mapping[str, tuple[ValueType, ...]] = {
    "pattern": ("string", "strings"),
    "choices": ("string", "strings"),
    "identifier": ("string", "strings"),
    "synonyms": ("string", "strings"),
    "gazetteer": ("string", "strings"),
    "words": ("string", "strings"),
    "longest": ("string", "strings"),
    "ignoreEmpty": ("string", "strings"),
    "minimum": ("int", "float", "date"),
    "maximum": ("int", "float", "date"),
}


def _bound(entry: Entry, name: str, type_: ValueType) -> float | str | None:
    """A number, or a day where the trait is a date."""
    if type_ != "date" or not entry.has(name):
        return entry.number(name)
    try:
        return parse_date(str(entry.given[name].plain()))
    except TypeMismatch as mismatch:
        entry.given[name].complain(mismatch.message)
        return None


def _complain_of_misfits(entry: Entry, type_: ValueType) -> None:
    for name, types in _ONLY_FOR.items():
        if entry.has(name) and type_ not in types:
            entry.given[name].complain(f"'{name}' needs type {' or '.join(types)}, not '{type_}'")
    if entry.has("onlyIfValid") and not entry.has("identifier"):
        entry.given["onlyIfValid"].complain("'onlyIfValid' needs an 'identifier' to be valid as")
    if entry.has("minimum") and entry.has("maximum"):
        low, high = _bound(entry, "minimum", type_), _bound(entry, "maximum", type_)
        if is_above(low, high):
            entry.given["minimum"].complain("'minimum' is above 'maximum'")


def read_events(
    section: Located, tags: Collection[str], objects: Mapping[str, ObjectType] = NO_OBJECTS
) -> dict[str, EventType]:
    """`events:`, whose names become GraphQL types."""
    events: dict[str, EventType] = {}
    taken = {type_: name for name in objects for type_ in names.object_types(name)}
    for name, at in checked_names(section, names.SNAKE, "use snake_case").items():
        _refuse_taken_type(name, at)
        if names.pascal(name) in taken:
            at.complain(f"'{name}' is the name of object '{taken[names.pascal(name)]}'")
        entry = Entry(at, ("properties", "title", "description"))
        given = entry.given.get("properties")
        properties = _properties(given, tags, objects) if given else {}
        words = entry.text("description"), entry.titles()
        events[name] = EventType(name, properties, *words, referred_by(properties, objects))
    return events


def _refuse_taken_type(name: str, at: Located) -> None:
    """Complain of a name whose GraphQL type every schema has."""
    if names.pascal(name) in names.TYPE_NAMES_TAKEN:
        at.complain(f"'{name}' is reserved: its type would be {names.pascal(name)}")


_PROPERTY_FIELDS = ("type", "tag", "title", "description")


def _properties(
    section: Located, tags: Collection[str], objects: Mapping[str, ObjectType]
) -> dict[str, PropertyType]:
    properties: dict[str, PropertyType] = {}
    taken = names.PROPERTY_NAMES_TAKEN
    for name, at in checked_names(section, names.CAMEL, "use lowerCamelCase", taken).items():
        entry = Entry(at, (*_PROPERTY_FIELDS, "refers", "as"))
        properties[name] = with_reference(entry, _property(name, entry, tags), objects)
    refuse_shadowed(section, properties)
    return properties


def _property(name: str, entry: Entry, tags: Collection[str]) -> PropertyType:
    type_, tag = _value_type(entry), entry.tag(tags)
    return PropertyType(name, type_, tag, entry.text("description"), entry.titles())


def read_objects(section: Located, tags: Collection[str]) -> dict[str, ObjectType]:
    """`objects:`, whose names become GraphQL types; `tag` is that of an object's key."""
    objects: dict[str, ObjectType] = {}
    entries = checked_names(section, names.SNAKE, "use snake_case")
    filters = {names.object_types(name)[1]: name for name in entries}
    for name, at in entries.items():
        _refuse_taken_type(name, at)
        if names.pascal(name) in filters:
            at.complain(f"'{name}' is the name of a filter of '{filters[names.pascal(name)]}'")
        entry = Entry(at, ("tag", "properties", "title", "description"))
        given = entry.given.get("properties")
        properties = _of_object(given, tags) if given else {}
        words = entry.text("description"), entry.titles()
        objects[name] = ObjectType(name, entry.tag(tags), properties, *words)
    return objects


def _of_object(section: Located, tags: Collection[str]) -> dict[str, PropertyType]:
    taken = names.OBJECT_PROPERTY_NAMES_TAKEN
    entries = checked_names(section, names.CAMEL, "use lowerCamelCase", taken)
    return {
        name: _property(name, Entry(at, _PROPERTY_FIELDS), tags) for name, at in entries.items()
    }


def read_sources(section: Located) -> dict[str, Source]:
    """`sources:`."""
    entries = checked_names(section, names.DASHED, "use lower case, digits, '-' and '_'")
    if STEWARD in entries:
        entries[STEWARD].complain(f"'{STEWARD}' is reserved: what stewards correct")
    return {name: _source(name, at) for name, at in entries.items()}


def _source(name: str, at: Located) -> Source:
    entry = Entry(at, ("priority", "region", "trust", "staleDays", "title", "description"))
    entry.required("priority")
    region = entry.text("region") or DEFAULT_REGION
    if not _REGION.fullmatch(region):
        entry.given["region"].complain(f"'{region}' is not a region: two capitals, as in 'CN'")
    priority = entry.integer("priority", 0) or 0
    return Source(
        name,
        priority,
        region,
        entry.text("description"),
        entry.titles(),
        _trust(entry),
        entry.integer("staleDays", 1),
    )


def _trust(entry: Entry) -> int:
    trust = entry.integer("trust", 0)
    if trust is not None and trust > MOST_TRUST:
        entry.given["trust"].complain(f"must be at most {MOST_TRUST}")
    return MOST_TRUST if trust is None else trust


def read_purposes(section: Located, traits: Collection[str]) -> dict[str, Purpose]:
    """`purposes:`."""
    entries = checked_names(section, names.DASHED, "use lower case, digits, '-' and '_'")
    by_field: dict[str, str] = {}
    for name, at in entries.items():
        twin = by_field.setdefault(names.purpose_field(name), name)
        if twin != name:
            at.complain(f"'{name}' and '{twin}' are the same name in GraphQL")
    return {name: _purpose(name, at, traits) for name, at in entries.items()}


_PURPOSE_FIELDS = (
    "title", "description", "basis", "wording", "jurisdiction", "validDays", "controller",
    "contact", "notice", "withdrawal", "recipients", "traits",
)  # fmt: skip


def _purpose(name: str, at: Located, traits: Collection[str]) -> Purpose:
    entry = Entry(at, _PURPOSE_FIELDS)
    used = entry.given["traits"].items() if entry.has("traits") else ()
    for one in used:
        one_of(one, traits, "trait")
    return Purpose(
        name=name,
        description=entry.text("description"),
        titles=entry.titles(),
        basis=_basis(entry),
        wording=entry.text("wording"),
        jurisdiction=entry.text("jurisdiction"),
        valid_days=entry.integer("validDays", 1),
        controller=entry.text("controller"),
        contact=entry.text("contact"),
        notice=entry.text("notice"),
        withdrawal=entry.text("withdrawal"),
        recipients=entry.texts("recipients"),
        traits=entry.texts("traits"),
    )


def _basis(entry: Entry) -> str:
    if not entry.has("basis"):
        return DEFAULT_BASIS
    return entry.choice("basis", LEGAL_BASES, "legal basis") or DEFAULT_BASIS
